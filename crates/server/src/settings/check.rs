//! What settings must be like. Each refusal says what would be right.

use std::net::IpAddr;

use edgeward_api::settings::{
    ClaimRule, LinkRules, MailRequest, MailSecurity, PasswordRules, ProviderRequest, SessionRules,
};
use edgeward_api::user::MemberRole;
use edgeward_domain::access::{LEAST_MIN_CHARS, MOST_MIN_CHARS};
use url::{Host, Url};

/// The longest address that is taken, in bytes.
const MAX_URL_BYTES: usize = 500;

/// The longest id of a provider, in characters.
const MAX_PROVIDER_ID_CHARS: usize = 32;

/// The longest client id and claim value, in characters.
const MAX_TEXT_CHARS: usize = 200;

/// The longest password or client secret, in bytes.
const MAX_SECRET_BYTES: usize = 1024;

/// The most rules of one provider.
const MAX_RULES: usize = 100;

/// What is wrong, and what would be right; for whoever asked.
pub type Fault = String;

/// The root address as it is kept: scheme, host in lower case, port unless it is the scheme's own.
pub fn root_address(text: &str) -> Result<String, Fault> {
    let example = "write it as https://edgeward.example.com";
    let url = parsed(text).ok_or_else(|| format!("this is not an address; {example}"))?;
    if !matches!(url.scheme(), "http" | "https") {
        return Err(format!(
            "the address must begin with https:// or http://; {example}"
        ));
    }
    if !url.username().is_empty() || url.password().is_some() {
        return Err(format!(
            "the address must not contain a user name or a password; {example}"
        ));
    }
    if url.path() != "/" || url.query().is_some() || url.fragment().is_some() {
        return Err(format!(
            "the address must end after host and port: the console cannot be in a folder; {example}"
        ));
    }
    Ok(url.as_str().trim_end_matches('/').to_owned())
}

/// An issuer, as it was written: the provider's own spelling counts, to the last slash.
pub fn issuer(text: &str) -> Result<Url, Fault> {
    let example = "write it as the provider does, such as https://login.example.com/realms/main";
    let url = parsed(text).ok_or_else(|| format!("the issuer is not an address; {example}"))?;
    if url.query().is_some() || url.fragment().is_some() || !url.username().is_empty() {
        return Err(format!(
            "the issuer must have no user name, no \"?\" and no \"#\"; {example}"
        ));
    }
    if !is_protected(&url) {
        return Err(format!(
            "the issuer must begin with https:// (http:// only on the control plane's own machine); {example}"
        ));
    }
    Ok(url)
}

/// Whether nobody on the way can read or change what is said to this address.
pub fn is_protected(url: &Url) -> bool {
    match url.scheme() {
        "https" => true,
        "http" => url.host().is_some_and(is_this_machine),
        _ => false,
    }
}

fn is_this_machine(host: Host<&str>) -> bool {
    match host {
        Host::Domain(name) => name == "localhost" || name.ends_with(".localhost"),
        Host::Ipv4(address) => address.is_loopback(),
        Host::Ipv6(address) => address.is_loopback(),
    }
}

fn parsed(text: &str) -> Option<Url> {
    let plain = text.len() <= MAX_URL_BYTES && !text.contains(|c: char| c.is_control() || c == ' ');
    Url::parse(text).ok().filter(|url| plain && url.has_host())
}

pub fn passwords(rules: &PasswordRules) -> Result<(), Fault> {
    between(
        "the least number of characters",
        rules.min_chars,
        LEAST_MIN_CHARS,
        MOST_MIN_CHARS,
    )
}

pub fn sessions(rules: &SessionRules) -> Result<(), Fault> {
    between("the hours without use", rules.idle_hours, 1, 720)?;
    between("the days without use", rules.remembered_days, 1, 365)
}

pub fn links(rules: &LinkRules) -> Result<(), Fault> {
    between("the hours of an invitation", rules.invitation_hours, 1, 720)?;
    between("the hours of a password reset", rules.reset_hours, 1, 72)
}

fn between(what: &str, value: u32, least: u32, most: u32) -> Result<(), Fault> {
    if (least..=most).contains(&value) {
        Ok(())
    } else {
        Err(format!("{what} must be {least} to {most}, and not {value}"))
    }
}

/// The mail server. `password` is whether one will be used.
pub fn mail(request: &MailRequest, password: bool) -> Result<(), Fault> {
    let host = request.host.as_str();
    let address = host.parse::<IpAddr>().ok();
    if Host::parse(host).is_err() && address.is_none() {
        return Err(
            "the mail server must be a host name or an address, such as mail.example.com".into(),
        );
    }
    if request.port == 0 {
        return Err("the port must be 1 to 65535; usual are 465 (TLS) and 587 (STARTTLS)".into());
    }
    if request.from.parse::<lettre::message::Mailbox>().is_err() {
        return Err(
            "the sender must be an e-mail address, such as Edgeward <edgeward@example.com>".into(),
        );
    }
    let username = request.username.as_deref().unwrap_or_default();
    if username.chars().count() > MAX_TEXT_CHARS || username.contains(char::is_control) {
        return Err(format!(
            "the user name must have at most {MAX_TEXT_CHARS} characters"
        ));
    }
    if request
        .password
        .as_ref()
        .is_some_and(|p| p.len() > MAX_SECRET_BYTES)
    {
        return Err(format!(
            "the password must have at most {MAX_SECRET_BYTES} bytes"
        ));
    }
    match &request.username {
        Some(name) if name.is_empty() => {
            return Err("the user name is empty; leave it out for a server that wants none".into());
        }
        Some(_) if !password => {
            return Err("the password for this user name at this server is missing".into());
        }
        None if request.password.is_some() => {
            return Err("a password needs a user name".into());
        }
        Some(_) | None => {}
    }
    let here = host == "localhost" || address.is_some_and(|address| address.is_loopback());
    if request.username.is_some() && request.security == MailSecurity::None && !here {
        return Err(
            "without TLS the password could be read on its way; choose TLS or STARTTLS, or leave out the user name"
                .into(),
        );
    }
    Ok(())
}

pub fn provider_id(id: &str) -> Result<(), Fault> {
    let plain = id
        .bytes()
        .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-');
    if plain && (1..=MAX_PROVIDER_ID_CHARS).contains(&id.len()) {
        Ok(())
    } else {
        Err(format!(
            "the provider's id must have 1 to {MAX_PROVIDER_ID_CHARS} characters out of a-z, 0-9 and -"
        ))
    }
}

pub fn provider(request: &ProviderRequest) -> Result<(), Fault> {
    issuer(&request.issuer)?;
    text("the client id", &request.client_id)?;
    if let Some(secret) = &request.client_secret
        && (secret.is_empty() || secret.len() > MAX_SECRET_BYTES)
    {
        return Err(format!(
            "the client secret must have 1 to {MAX_SECRET_BYTES} bytes"
        ));
    }
    if request.rules.len() > MAX_RULES {
        return Err(format!("a provider has at most {MAX_RULES} rules"));
    }
    for (at, rule) in request.rules.iter().enumerate() {
        claim_rule(rule).map_err(|fault| format!("rule {}: {fault}", at + 1))?;
    }
    Ok(())
}

fn claim_rule(rule: &ClaimRule) -> Result<(), Fault> {
    text("the claim", &rule.claim)?;
    text("the value", &rule.value)?;
    if rule.system_admin {
        let place =
            rule.organisation_id.is_some() || rule.project_id.is_some() || rule.role.is_some();
        return if place {
            Err("a system administrator needs no organisation, project and role".into())
        } else {
            Ok(())
        };
    }
    let Some(role) = rule.role else {
        return Err("the role is missing".into());
    };
    if rule.organisation_id.is_none() {
        return Err("the organisation is missing".into());
    }
    if rule.project_id.is_some() && role == MemberRole::Member {
        return Err("the role in a project is admin or viewer".into());
    }
    Ok(())
}

fn text(what: &str, value: &str) -> Result<(), Fault> {
    let chars = value.chars().count();
    if (1..=MAX_TEXT_CHARS).contains(&chars) && !value.contains(char::is_control) {
        Ok(())
    } else {
        Err(format!("{what} must have 1 to {MAX_TEXT_CHARS} characters"))
    }
}
