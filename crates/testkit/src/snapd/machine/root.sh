#!/bin/sh
# Makes the root of a machine with systemd and snapd, and snaps to be put on it. $1: the folder; it is complete when $1/ready is there.
set -eu
dir=$1
root=$dir/root
mkdir -p "$dir"

if [ ! -e "$dir/bootstrapped" ]; then
    rm -rf "$root"
    debootstrap --variant=minbase \
        --include=systemd,systemd-sysv,dbus,dbus-user-session,udev,ca-certificates,squashfs-tools,squashfuse,fuse3,iproute2,procps,libpam-systemd,libnss-systemd,snapd \
        bookworm "$root"
    touch "$dir/bootstrapped"
fi

# There is no udevd in a container, and snapd's installing must not fail of it.
if [ ! -e "$root/usr/bin/udevadm.distrib" ]; then
    chroot "$root" dpkg-divert --rename --add /usr/bin/udevadm
fi
printf '#!/bin/sh\nexit 0\n' >"$root/usr/bin/udevadm"
chmod 755 "$root/usr/bin/udevadm"
# No name is looked up: snapd would ask for the store again and again.
rm -f "$root/etc/resolv.conf"
sed -i 's/^hosts:.*/hosts: files/' "$root/etc/nsswitch.conf"
echo "127.0.0.1 localhost" >"$root/etc/hosts"
: >"$root/etc/machine-id"
# The network is made from outside.
chroot "$root" systemctl mask systemd-networkd.service networking.service >/dev/null 2>&1 || true
mkdir -p "$root/etc/systemd/system/snapd.service.d"
printf '[Service]\nEnvironment=SNAPD_STANDBY_WAIT=24h SNAP_REEXEC=0\n' >"$root/etc/systemd/system/snapd.service.d/test.conf"

snaps=$dir/snaps
rm -rf "$snaps" && mkdir -p "$snaps"

# A base that holds just enough to run a shell.
core=$dir/core
rm -rf "$core"
mkdir -p "$core/meta"
for folder in dev etc home root proc sys tmp run/netns var/snap var/log var/tmp var/lib/snapd/hostfs var/lib/extrausers \
    usr/bin usr/lib/snapd usr/src usr/local usr/share lib/modules lib/firmware lib64 bin sbin snap mnt media opt writable; do
    mkdir -p "$core/$folder"
done
cp /bin/busybox "$core/bin/busybox"
for tool in sh sleep cat echo; do ln -s busybox "$core/bin/$tool"; done
cp "$root/usr/lib/snapd/snap-exec" "$root/usr/lib/snapd/snapctl" "$root/usr/lib/snapd/info" "$core/usr/lib/snapd/"
ln -s ../lib/snapd/snapctl "$core/usr/bin/snapctl"
for file in passwd group hosts nsswitch.conf hostname localtime timezone; do : >"$core/etc/$file"; done
cat >"$core/meta/snap.yaml" <<'EOF'
name: core
version: "1"
type: os
summary: a shell and nothing else
description: a stand-in
EOF
pack() { mksquashfs "$1" "$2" -noappend -comp xz -no-fragments -all-root -no-xattrs >/dev/null; }
pack "$core" "$snaps/core.snap"

# A snap with a service, and a configure hook that takes as long as it is told.
press=$dir/press
for version in 1.0 2.0; do
    rm -rf "$press"
    mkdir -p "$press/meta/hooks" "$press/bin"
    cat >"$press/meta/snap.yaml" <<EOF
name: press
version: "$version"
summary: a press
description: a service, and a configure hook
architectures: [all]
apps:
  daemon:
    command: bin/daemon
    daemon: simple
EOF
    printf '#!/bin/sh\necho "press %s is running"\nexec sleep 1000000\n' "$version" >"$press/bin/daemon"
    cat >"$press/meta/hooks/configure" <<'EOF'
#!/bin/sh
[ "$(snapctl get fail)" != true ] || { echo "the press is jammed" >&2; exit 1; }
delay=$(snapctl get delay)
[ -z "$delay" ] || sleep "$delay"
EOF
    chmod 755 "$press/bin/daemon" "$press/meta/hooks/configure"
    pack "$press" "$snaps/press-$version.snap"
done
rm -rf "$core" "$press"
touch "$dir/ready"
