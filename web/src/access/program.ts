// A browser or program by what it calls itself, in a few words: "Firefox, Windows".

const BROWSERS: [RegExp, string][] = [
  [/\bEdgA?\//, 'Edge'],
  [/\bOPR\//, 'Opera'],
  [/\bFirefox\/|\bFxiOS\//, 'Firefox'],
  [/\bChrome\/|\bCriOS\//, 'Chrome'],
  [/\bSafari\//, 'Safari'],
];
const SYSTEMS: [RegExp, string][] = [
  [/\bAndroid\b/, 'Android'],
  [/\biPhone\b|\biPad\b/, 'iOS'],
  [/\bWindows\b/, 'Windows'],
  [/\bMac OS X\b|\bMacintosh\b/, 'macOS'],
  [/\bLinux\b/, 'Linux'],
];

export function programName(program: string): string {
  const name = BROWSERS.find(([sign]) => sign.test(program))?.[1];
  const system = SYSTEMS.find(([sign]) => sign.test(program))?.[1];
  return name ? [name, system].filter(Boolean).join(', ') : program;
}
