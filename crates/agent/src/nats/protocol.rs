//! NATS on the wire, as much of it as answering requests needs: lines that end in CRLF, and payloads of announced length.
//!
//! <https://docs.nats.io/reference/reference-protocols/nats-protocol>. Headers are not asked for, so that servers leave them out.

use std::io;

use serde::Deserialize;
use serde_json::json;
use tokio::io::{AsyncBufRead, AsyncBufReadExt as _, AsyncRead, AsyncReadExt as _};

/// The longest line, in bytes: a server's greeting names all its peers.
const MAX_LINE_BYTES: usize = 32 * 1024;

/// The largest payload that is kept, in bytes, and one more to see that there was more.
pub(super) const MAX_PAYLOAD_BYTES: usize = 64 * 1024;

/// What a server says.
#[derive(Clone, PartialEq, Debug)]
pub(super) enum Frame {
    /// Its greeting, and later news about itself.
    Info(Info),
    /// A message on a subject that was subscribed to.
    Message(Message),
    /// Whether this end is there.
    Ping,
    /// That it is there.
    Pong,
    /// A complaint, in its words.
    Error(String),
}

/// What a server says about itself.
#[derive(Clone, PartialEq, Eq, Debug, Deserialize)]
pub(super) struct Info {
    /// The largest payload that it takes, in bytes.
    #[serde(default = "usual_max_payload")]
    pub(super) max_payload: usize,
    /// Whether it speaks TLS only.
    #[serde(default)]
    pub(super) tls_required: bool,
}

/// A message.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct Message {
    pub(super) subject: String,
    /// Where the answer goes, if one is wanted.
    pub(super) reply: Option<String>,
    /// No more than [`MAX_PAYLOAD_BYTES`] and one; the rest is thrown away.
    pub(super) payload: Vec<u8>,
}

/// The connection is of no more use.
#[derive(Debug, thiserror::Error)]
pub(super) enum ProtocolError {
    #[error("the connection to the NATS server is lost")]
    Lost(#[from] io::Error),
    #[error("the NATS server has closed the connection")]
    Closed,
    #[error("the NATS server says what is not understood: \"{0}\"")]
    NotUnderstood(String),
    #[error("the NATS server refuses: {0}")]
    Refused(String),
    #[error("the NATS server asks for TLS, which is not spoken within a device")]
    Tls,
    #[error("the NATS server does not answer")]
    Silent,
}

/// Reads the next frame. Dropping this in the middle loses it.
pub(super) async fn read(stream: &mut (impl AsyncBufRead + Unpin)) -> Result<Frame, ProtocolError> {
    loop {
        let line = line(stream).await?;
        let (word, rest) = line.split_once([' ', '\t']).unwrap_or((&line, ""));
        let not_understood = || ProtocolError::NotUnderstood(line.chars().take(100).collect());
        return Ok(match word.to_ascii_uppercase().as_str() {
            "+OK" => continue,
            "PING" => Frame::Ping,
            "PONG" => Frame::Pong,
            "-ERR" => Frame::Error(rest.trim().trim_matches('\'').to_owned()),
            "INFO" => Frame::Info(serde_json::from_str(rest).map_err(|_| not_understood())?),
            "MSG" => {
                let (head, length) = head(rest).ok_or_else(not_understood)?;
                let payload = payload(stream, length).await?;
                Frame::Message(Message { payload, ..head })
            }
            _ => return Err(not_understood()),
        });
    }
}

/// Who this is.
pub(super) fn connect(user: &str, password: &str, name: &str) -> Vec<u8> {
    let options = json!({
        "verbose": false, "pedantic": false, "headers": false, "protocol": 1, "lang": "rust", "version": crate::VERSION,
        "name": name, "user": user, "pass": password,
    });
    format!("CONNECT {options}\r\n").into_bytes()
}

/// Of all subscribers in the group, one gets each message.
pub(super) fn subscribe(filter: &str, group: &str, number: usize) -> Vec<u8> {
    format!("SUB {filter} {group} {number}\r\n").into_bytes()
}

/// The subject is one that a server has named, and so has no spaces in it.
pub(super) fn publish(subject: &str, payload: &[u8]) -> Vec<u8> {
    let mut bytes = format!("PUB {subject} {}\r\n", payload.len()).into_bytes();
    bytes.extend_from_slice(payload);
    bytes.extend_from_slice(b"\r\n");
    bytes
}

pub(super) const PING: &[u8] = b"PING\r\n";
pub(super) const PONG: &[u8] = b"PONG\r\n";

/// What servers take unless they say otherwise.
const fn usual_max_payload() -> usize {
    1024 * 1024
}

/// A line without its end.
async fn line(stream: &mut (impl AsyncBufRead + Unpin)) -> Result<String, ProtocolError> {
    let mut line = Vec::new();
    let limit = u64::try_from(MAX_LINE_BYTES).unwrap_or(u64::MAX);
    stream.take(limit).read_until(b'\n', &mut line).await?;
    if line.is_empty() {
        return Err(ProtocolError::Closed);
    }
    let text = String::from_utf8_lossy(&line);
    match text.strip_suffix("\r\n") {
        Some(line) => Ok(line.to_owned()),
        None => Err(ProtocolError::NotUnderstood(
            text.chars().take(100).collect(),
        )),
    }
}

/// `<subject> <sid> [<reply>] <bytes>`.
fn head(rest: &str) -> Option<(Message, usize)> {
    let words: Vec<_> = rest.split_ascii_whitespace().collect();
    let (subject, reply, length) = match words.as_slice() {
        [subject, _sid, length] => (subject, None, length),
        [subject, _sid, reply, length] => (subject, Some((*reply).to_owned()), length),
        _ => return None,
    };
    let message = Message {
        subject: (*subject).to_owned(),
        reply,
        payload: Vec::new(),
    };
    Some((message, length.parse().ok()?))
}

async fn payload(
    stream: &mut (impl AsyncRead + Unpin),
    length: usize,
) -> Result<Vec<u8>, ProtocolError> {
    let kept = length.min(MAX_PAYLOAD_BYTES + 1);
    let mut payload = vec![0; kept];
    stream.read_exact(&mut payload).await?;
    let rest = u64::try_from(length - kept).unwrap_or(u64::MAX);
    tokio::io::copy(&mut (&mut *stream).take(rest), &mut tokio::io::sink()).await?;
    let mut end = [0; 2];
    stream.read_exact(&mut end).await?;
    if end == *b"\r\n" {
        Ok(payload)
    } else {
        let text = "a payload that is longer than announced".to_owned();
        Err(ProtocolError::NotUnderstood(text))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn all(mut bytes: &[u8]) -> (Vec<Frame>, ProtocolError) {
        let mut frames = Vec::new();
        loop {
            match read(&mut bytes).await {
                Ok(frame) => frames.push(frame),
                Err(error) => return (frames, error),
            }
        }
    }

    fn message(subject: &str, reply: Option<&str>, payload: &[u8]) -> Frame {
        Frame::Message(Message {
            subject: subject.into(),
            reply: reply.map(Into::into),
            payload: payload.into(),
        })
    }

    #[tokio::test]
    async fn what_a_server_says_is_read() {
        let bytes = b"INFO {\"server_id\":\"x\",\"max_payload\":7}\r\n+OK\r\nPING\r\npong\r\n\
            MSG a.b 1 _INBOX.x 5\r\nh\r\nlo\r\nMSG a.b  1 0\r\n\r\n-ERR 'Authorization Violation'\r\n";
        let (frames, end) = all(bytes).await;
        let info = Info {
            max_payload: 7,
            tls_required: false,
        };
        assert_eq!(
            frames,
            [
                Frame::Info(info),
                Frame::Ping,
                Frame::Pong,
                message("a.b", Some("_INBOX.x"), b"h\r\nlo"),
                message("a.b", None, b""),
                Frame::Error("Authorization Violation".into()),
            ]
        );
        assert!(matches!(end, ProtocolError::Closed), "{end}");
    }

    #[tokio::test]
    async fn a_huge_payload_is_not_kept_and_what_follows_is_read() {
        let length = 10 * MAX_PAYLOAD_BYTES;
        let mut bytes = format!("MSG a 1 {length}\r\n").into_bytes();
        bytes.extend(vec![b'x'; length]);
        bytes.extend(b"\r\nPING\r\n");
        let (frames, _) = all(&bytes).await;
        let Frame::Message(message) = &frames[0] else {
            panic!("{frames:?}")
        };
        assert_eq!(message.payload.len(), MAX_PAYLOAD_BYTES + 1);
        assert_eq!(frames[1..], [Frame::Ping]);
    }

    #[tokio::test]
    async fn what_makes_no_sense_ends_the_connection() {
        let long = "x".repeat(MAX_LINE_BYTES + 10);
        for bad in [
            "HELLO\r\n",
            "MSG a 1\r\n",
            "MSG a 1 x y z\r\n",
            "MSG a 1 -5\r\n",
            "MSG a 1 3\r\nabcd\r\n",
            "INFO nothing\r\n",
            "PING\n",
            long.as_str(),
        ] {
            let (frames, end) = all(bad.as_bytes()).await;
            assert_eq!(frames, [], "{bad}");
            assert!(
                matches!(end, ProtocolError::NotUnderstood(_)),
                "{bad}: {end}"
            );
        }
        let (_, end) = all(b"MSG a 1 10\r\nabc").await;
        assert!(matches!(end, ProtocolError::Lost(_)), "{end}");
    }

    #[test]
    fn what_is_said_to_a_server_is_as_it_expects() {
        assert_eq!(subscribe("a.*", "g", 3), b"SUB a.* g 3\r\n");
        assert_eq!(publish("_INBOX.x", b"{}"), b"PUB _INBOX.x 2\r\n{}\r\n");
        let connect = String::from_utf8(connect("snapd", "with \"quotes\"", "n")).unwrap();
        let json = connect
            .strip_prefix("CONNECT ")
            .unwrap()
            .strip_suffix("\r\n")
            .unwrap();
        let options: serde_json::Value = serde_json::from_str(json).unwrap();
        assert_eq!(
            (&options["user"], &options["pass"]),
            (&"snapd".into(), &"with \"quotes\"".into())
        );
    }
}
