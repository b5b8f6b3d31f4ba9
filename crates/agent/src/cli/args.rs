//! Reading the arguments.

use std::ffi::OsString;
use std::path::PathBuf;

use lexopt::Arg::{Long, Short, Value};
use lexopt::{Parser, ValueExt as _};

pub(crate) const HELP: &str = "\
edgeward-agent: makes this device, and the services that it offers, reachable for a control plane

Usage: edgeward-agent <command> [options]

Commands:
  join <token>   Join with the token that \"edgeward agent token create\" printed
  enrol          Enrol without a token: as a registered device, by what snapd knows of it; or someone has to adopt it
      --server <host:port>       The control plane's agent port (may be repeated)
      --ca-fingerprint <sha256>  Believe the control plane whose CA has this fingerprint, or
      --ca-file <pem>            believe the CA in this file, or
      --public-certificate       believe the public certificate authorities
  run            Connect, and stay connected
  status         Say what is known here, without asking anyone
  check          Look for what does not work, and say what to do about it
  changes        Show what snapd has done on this device, as far as it was noted
      --last <n>                 Only the newest n
      --json                     The same as --output json
  configure      Write down where an identity service of the iot-agent's kind is
      --url <url>                Its address, such as https://identity.example.com
      --snap-options             Read the options of a snap, as JSON, from standard input instead
  unregister     Tell the control plane, forget the identity, and start the agent again
      --force                    Also if the control plane cannot be told

Options:
      --replace           With join and enrol: give up the identity that is there
      --config <file>     The configuration (default: /etc/edgeward-agent/agent.yaml,
                          or edgeward-agent/agent.yaml in your configuration directory)
      --state-dir <dir>   Where the identity is kept (default: /var/lib/edgeward-agent,
                          or edgeward-agent in your state directory)
      --output <format>   With status, check and changes: human or json (default: human)
      --log <filter>      With run: off, error, warn, info, debug or trace (default: info)
      --log-format <f>    With run: human or json (default: human)
  -h, --help              This text
  -V, --version           The version

Exit codes: 0 done, 1 failed, 2 wrong arguments or configuration, 3 the control plane cannot be reached
";

/// What is asked for.
#[derive(Debug)]
pub(crate) enum Request {
    Help,
    Version,
    Command(Command, Options),
}

/// What is to be done.
#[derive(Debug)]
pub(crate) enum Command {
    Join {
        token: String,
        replace: bool,
    },
    Enrol {
        server: Vec<String>,
        trust: TrustArg,
        replace: bool,
    },
    Run,
    Status,
    Check,
    Changes {
        last: Option<u32>,
    },
    Configure(Source),
    Unregister {
        force: bool,
    },
}

/// Where the settings come from.
#[derive(Debug)]
pub(crate) enum Source {
    Url(String),
    SnapOptions,
}

/// Why an enrolment without token believes the server.
#[derive(Debug)]
pub(crate) enum TrustArg {
    Fingerprint(String),
    File(PathBuf),
    PublicCertificate,
}

/// What applies to every command.
#[derive(Debug, Default)]
pub(crate) struct Options {
    pub(crate) config: Option<PathBuf>,
    pub(crate) state_dir: Option<PathBuf>,
    pub(crate) output: Output,
    pub(crate) log: Option<String>,
    pub(crate) log_format: Option<String>,
}

/// How results are printed.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub(crate) enum Output {
    #[default]
    Human,
    Json,
}

/// Reads the arguments; the first is the program's name.
pub(crate) fn parse(args: impl IntoIterator<Item = OsString>) -> Result<Request, String> {
    read(Parser::from_iter(args)).map_err(|error| match error {
        lexopt::Error::Custom(error) => error.to_string(),
        other => other.to_string(),
    })
}

fn read(mut parser: Parser) -> Result<Request, lexopt::Error> {
    let mut options = Options::default();
    let mut words: Vec<String> = Vec::new();
    let mut server = Vec::new();
    let mut trust = Vec::new();
    let mut replace = false;
    let mut more = More::default();
    while let Some(arg) = parser.next()? {
        match arg {
            Short('h') | Long("help") => return Ok(Request::Help),
            Short('V') | Long("version") => return Ok(Request::Version),
            Long("config") => options.config = Some(parser.value()?.into()),
            Long("state-dir") => options.state_dir = Some(parser.value()?.into()),
            Long("log") => options.log = Some(parser.value()?.string()?),
            Long("log-format") => options.log_format = Some(parser.value()?.string()?),
            Long("output") => {
                options.output = match parser.value()?.string()?.as_str() {
                    "human" => Output::Human,
                    "json" => Output::Json,
                    other => {
                        return Err(format!(
                            "\"{other}\" is no output format; write human or json"
                        )
                        .into());
                    }
                }
            }
            Long("replace") => replace = true,
            Long("server") => server.push(parser.value()?.string()?),
            Long("ca-fingerprint") => trust.push(TrustArg::Fingerprint(parser.value()?.string()?)),
            Long("ca-file") => trust.push(TrustArg::File(parser.value()?.into())),
            Long("public-certificate") => trust.push(TrustArg::PublicCertificate),
            Long("last") => more.last = Some(parser.value()?.parse()?),
            Long("json") => options.output = Output::Json,
            Long("url") => more.url = Some(parser.value()?.string()?),
            Long("snap-options") => more.snap_options = true,
            Long("force") => more.force = true,
            Value(word) => words.push(word.string()?),
            other => return Err(other.unexpected()),
        }
    }
    let mut words = words.into_iter();
    let word = words
        .next()
        .ok_or("what is to be done is missing: join, enrol, run, status, check, changes, configure or unregister")?;
    let for_enrol = !server.is_empty() || !trust.is_empty();
    let command = match word.as_str() {
        "join" => {
            let token = words
                .next()
                .ok_or("the token is missing; write \"edgeward-agent join <token>\"")?;
            Command::Join { token, replace }
        }
        "enrol" | "enroll" => Command::Enrol {
            server,
            trust: only_one(trust)?,
            replace,
        },
        "run" => Command::Run,
        "status" => Command::Status,
        "check" => Command::Check,
        "changes" => Command::Changes {
            last: more.last.take(),
        },
        "configure" => match (more.url.take(), std::mem::take(&mut more.snap_options)) {
            (Some(url), false) => Command::Configure(Source::Url(url)),
            (None, true) => Command::Configure(Source::SnapOptions),
            (None, false) => {
                return Err("the identity service is missing; add --url <url>".into());
            }
            (Some(_), true) => return Err("choose one of --url and --snap-options".into()),
        },
        "unregister" => Command::Unregister {
            force: std::mem::take(&mut more.force),
        },
        other => return Err(format!("there is no command \"{other}\"").into()),
    };
    if let Some(extra) = words.next() {
        return Err(format!("\"{extra}\" is too much for \"{word}\"").into());
    }
    if let Some((option, its)) = more.left_over() {
        return Err(format!("{option} is for \"{its}\", not for \"{word}\"").into());
    }
    match &command {
        Command::Enrol { server, .. } if server.is_empty() => {
            Err("where the control plane is, is missing; add --server <host:port>".into())
        }
        Command::Enrol { .. } => Ok(Request::Command(command, options)),
        _ if for_enrol => Err(format!(
            "--server, --ca-fingerprint, --ca-file and --public-certificate are for \"enrol\", not for \"{word}\""
        )
        .into()),
        Command::Join { .. } => Ok(Request::Command(command, options)),
        _ if replace => Err(format!("--replace is for \"join\" and \"enrol\", not for \"{word}\"").into()),
        _ => Ok(Request::Command(command, options)),
    }
}

/// Options of single commands, each taken by its own.
#[derive(Default)]
struct More {
    last: Option<u32>,
    url: Option<String>,
    snap_options: bool,
    force: bool,
}

impl More {
    /// An option that no command took, and whose it is.
    fn left_over(&self) -> Option<(&'static str, &'static str)> {
        let given = [
            (self.last.is_some(), "--last", "changes"),
            (self.url.is_some(), "--url", "configure"),
            (self.snap_options, "--snap-options", "configure"),
            (self.force, "--force", "unregister"),
        ];
        let found = given.into_iter().find(|(given, ..)| *given);
        found.map(|(_, option, its)| (option, its))
    }
}

fn only_one(mut trust: Vec<TrustArg>) -> Result<TrustArg, lexopt::Error> {
    match (trust.pop(), trust.is_empty()) {
        (Some(one), true) => Ok(one),
        (None, _) => Err("why the control plane may be believed is missing; add --ca-fingerprint <sha256> (shown where the \
             control plane started), --ca-file <pem> or --public-certificate"
            .into()),
        (Some(_), false) => Err("choose one of --ca-fingerprint, --ca-file and --public-certificate".into()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse_words(line: &str) -> Result<Request, String> {
        parse(
            std::iter::once("edgeward-agent")
                .chain(line.split_whitespace())
                .map(OsString::from),
        )
    }

    #[test]
    fn commands_and_options_mix() {
        let request = parse_words("--state-dir /s join ewj1_x --replace --config=/c").unwrap();
        let Request::Command(
            Command::Join {
                token,
                replace: true,
            },
            options,
        ) = request
        else {
            panic!("{request:?}")
        };
        assert_eq!(token, "ewj1_x");
        assert_eq!(
            (options.state_dir, options.config),
            (Some("/s".into()), Some("/c".into()))
        );
        let request = parse_words("enrol --server a:1 --server b:2 --public-certificate").unwrap();
        let Request::Command(
            Command::Enrol {
                server,
                trust: TrustArg::PublicCertificate,
                ..
            },
            _,
        ) = request
        else {
            panic!("{request:?}")
        };
        assert_eq!(server, ["a:1", "b:2"]);
        let request = parse_words("changes --json --last 3").unwrap();
        let Request::Command(Command::Changes { last: Some(3) }, options) = request else {
            panic!("{request:?}")
        };
        assert_eq!(options.output, Output::Json);
        assert!(matches!(parse_words("run --help"), Ok(Request::Help)));
        assert!(matches!(parse_words("-V"), Ok(Request::Version)));
    }

    #[test]
    fn what_is_wrong_is_said() {
        for (line, expected) in [
            ("", "what is to be done is missing"),
            ("jion x", "there is no command \"jion\""),
            ("join", "the token is missing"),
            ("join a b", "\"b\" is too much"),
            (
                "enrol --server a:1",
                "why the control plane may be believed is missing",
            ),
            (
                "enrol --public-certificate",
                "where the control plane is, is missing",
            ),
            (
                "enrol --server a:1 --public-certificate --ca-file x",
                "choose one of",
            ),
            ("run --server a:1", "not for \"run\""),
            ("run --replace", "not for \"run\""),
            ("run --last 3", "--last is for \"changes\", not for \"run\""),
            ("status --force", "--force is for \"unregister\""),
            ("changes --last few", "few"),
            ("configure", "add --url <url>"),
            ("configure --url http://x --snap-options", "choose one of"),
            ("status --output xml", "\"xml\" is no output format"),
            (
                "run --state-dir",
                "missing argument for option '--state-dir'",
            ),
            ("run --nope", "invalid option '--nope'"),
        ] {
            let error = parse_words(line).unwrap_err();
            assert!(error.contains(expected), "{line}: {error}");
        }
    }
}
