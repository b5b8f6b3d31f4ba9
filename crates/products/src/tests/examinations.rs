//! Courses of an examination that need no server. The products' own answers are played by the simulated ones in `tests/simulated.rs`.

use http::header::{CONTENT_TYPE, DATE, LOCATION};

use super::*;

const NOW_S: i64 = 1_795_284_000;
const FILE: &str = "edgeward.pub";

/// Examines a service that answers so, and gives what was attempted too.
fn examine(
    kind: Kind,
    credential: Credential,
    mut service: impl FnMut(&Attempt) -> Answer,
) -> (Finding, Vec<Attempt>) {
    let mut examination = Examination::new(kind, credential, FILE, NOW_S);
    let mut attempts = Vec::new();
    while let Some(attempt) = examination.next() {
        examination.heard(Ok(service(&attempt)));
        attempts.push(attempt);
    }
    assert!(attempts.len() <= MAX_ATTEMPTS);
    (examination.finding(), attempts)
}

/// The claims of a token, if one is presented.
fn claims(attempt: &Attempt) -> Option<&Claims> {
    match &attempt.proof {
        Presented::Token(claims) => Some(claims),
        Presented::Nothing | Presented::Basic => None,
    }
}

fn refusal(kind: Kind, shown: bool) -> Answer {
    let (nothing, wrong) = match kind {
        Kind::Neuron => (r#"{"error": 1004}"#, r#"{"error": 1005}"#),
        Kind::NanoMq => (r#"{"code":104}"#, r#"{"code":103}"#),
        Kind::EKuiper => (
            "missing_token",
            "validate token error: token is unverifiable: not found target key file x",
        ),
        Kind::NeuronEx => (r#"{"code":20203}"#, r#"{"code":20204}"#),
        Kind::Http => ("", ""),
    };
    answer(401, if shown { wrong } else { nothing })
}

#[test]
fn whoever_refuses_every_token_is_asked_no_more_than_the_limit_and_shown_nothing_first() {
    for (kind, expected, most) in [
        (Kind::Neuron, Verdict::KeyFileOrKey, MAX_ATTEMPTS),
        (Kind::NanoMq, Verdict::KeyFileOrKey, 6),
        (Kind::EKuiper, Verdict::NoKeyFile, 6),
        (Kind::NeuronEx, Verdict::KeyFileOrKey, 7),
    ] {
        let (finding, attempts) = examine(kind, Credential::Token, |attempt| {
            refusal(kind, claims(attempt).is_some())
        });
        assert_eq!(finding.verdict, expected, "{kind}");
        assert_eq!(attempts[0].proof, Presented::Nothing);
        assert_eq!(attempts.len(), most, "{kind}");
        let (message, fix) = (finding.message(), finding.fix().unwrap());
        assert!(
            message.contains(FILE) && fix.contains(FILE),
            "{message}; {fix}"
        );
        let folder = product(kind).key_place().unwrap().folder;
        assert!(message.contains(folder), "{message}");
    }
}

#[test]
fn a_password_is_shown_only_where_passwords_are_taken() {
    for kind in [Kind::Neuron, Kind::EKuiper, Kind::NeuronEx] {
        let (finding, attempts) = examine(kind, Credential::Basic, |_| refusal(kind, false));
        let wants = Wanted::Token;
        assert_eq!(finding.verdict, Verdict::WrongScheme { wants });
        assert_eq!(attempts.len(), 1);
    }
    let (finding, _) = examine(Kind::NanoMq, Credential::None, |_| {
        refusal(Kind::NanoMq, false)
    });
    let wants = Wanted::Either;
    assert_eq!(finding.verdict, Verdict::WrongScheme { wants });
}

#[test]
fn clocks_without_a_date_are_bounded_by_longer_lives() {
    for (ahead_s, at_least_s, at_most_s) in [
        (1_000, 300, Some(3_600)),
        (10_000, 3_600, Some(21_600)),
        (80_000, 21_600, Some(86_400)),
        (1_000_000, 86_400, None),
    ] {
        let (finding, attempts) =
            examine(Kind::Neuron, Credential::Token, |attempt| {
                match claims(attempt) {
                    None => refusal(Kind::Neuron, false),
                    Some(claims) if claims.expires_at <= NOW_S + ahead_s => {
                        answer(403, r#"{"error": 1006}"#)
                    }
                    Some(_) => answer(200, r#"{"version":"2.15.0","revision":"a"}"#),
                }
            });
        let by = Apart::Ahead {
            at_least_s,
            at_most_s,
        };
        assert_eq!(finding.verdict, Verdict::ClockApart { by }, "{ahead_s}");
        assert!(attempts.len() <= 5);
    }
}

#[test]
fn a_date_tells_how_far_a_clock_is_apart_and_when_it_is_not_the_reason() {
    for (date, expected) in [
        (
            "Sat, 21 Nov 2026 20:00:00 GMT",
            Verdict::ClockApart {
                by: Apart::Exactly { ahead_s: 7_200 },
            },
        ),
        ("Sat, 21 Nov 2026 18:00:00 GMT", Verdict::Expired),
    ] {
        let (finding, _) = examine(Kind::EKuiper, Credential::Token, |attempt| {
            let said = match claims(attempt) {
                None => "missing_token",
                Some(_) => "validate token error: token has invalid claims: token is expired",
            };
            with(answer(401, said), DATE, date)
        });
        assert_eq!(finding.verdict, expected, "{date}");
    }
}

#[test]
fn neuronex_says_nothing_of_time_so_a_wide_token_tells() {
    let accepts_wide = |date: Option<&str>| {
        let (finding, _) = examine(Kind::NeuronEx, Credential::Token, |attempt| {
            let heard = match claims(attempt) {
                Some(claims) if claims.expires_at - claims.issued_at > 100_000 => answer(
                    200,
                    r#"{"version":"3.8.0","neuronStatus":"0","ekuiperStatus":"0"}"#,
                ),
                shown => refusal(Kind::NeuronEx, shown.is_some()),
            };
            match date {
                Some(date) => with(heard, DATE, date),
                None => heard,
            }
        });
        finding.verdict
    };
    let at_most_s = 86_400;
    let by = Apart::Within { at_most_s };
    assert_eq!(accepts_wide(None), Verdict::ClockApart { by });
    let by = Apart::Exactly { ahead_s: -3_600 };
    let date = Some("Sat, 21 Nov 2026 17:00:00 GMT");
    assert_eq!(accepts_wide(date), Verdict::ClockApart { by });
}

#[test]
fn a_late_clock_that_hurts_nobody_is_mentioned() {
    let (finding, _) = examine(Kind::Neuron, Credential::Token, |attempt| {
        let heard = match claims(attempt) {
            None => refusal(Kind::Neuron, false),
            Some(_) => answer(200, r#"{"version":"2.15.0","revision":"a"}"#),
        };
        with(heard, DATE, "Sat, 21 Nov 2026 17:00:00 GMT")
    });
    assert_eq!(finding.weight(), Weight::Warning);
    assert!(finding.is_usable());
    assert_eq!(finding.version(), Some("2.15.0"));
    assert!(
        finding.message().contains("60 minutes behind"),
        "{}",
        finding.message()
    );
}

#[test]
fn a_redirect_and_a_page_are_another_product_and_get_no_credential() {
    let (finding, attempts) = examine(Kind::NeuronEx, Credential::Token, |_| {
        let to = "https://elsewhere.example/login?from=eyJhbGciOiJSUzI1NiJ9";
        with(answer(302, ""), LOCATION, to)
    });
    assert_eq!(attempts.len(), 1);
    let message = finding.message();
    assert!(message.contains("https://elsewhere.example"), "{message}");
    assert!(!message.contains("eyJ"), "{message}");

    let (finding, attempts) = examine(Kind::Neuron, Credential::Token, |_| {
        with(answer(200, "<!doctype html>"), CONTENT_TYPE, "text/html")
    });
    assert!(
        attempts
            .iter()
            .all(|attempt| attempt.proof == Presented::Nothing)
    );
    assert_eq!(finding.code(), "not_this_product");
    assert!(
        finding.message().contains("a web page"),
        "{}",
        finding.message()
    );
}

#[test]
fn a_service_that_changes_its_face_when_it_is_shown_a_token_is_not_believed() {
    let (finding, _) = examine(Kind::Neuron, Credential::Token, |attempt| {
        match claims(attempt) {
            None => refusal(Kind::Neuron, false),
            Some(_) => answer(200, "{\"welcome\":\"eyJhbGciOiJSUzI1NiJ9.e30.c2ln\"}"),
        }
    });
    assert_eq!(finding.code(), "not_this_product");
    assert!(!finding.message().contains("eyJ"));
    let (finding, _) = examine(Kind::EKuiper, Credential::Token, |attempt| {
        if attempt.call.path == "/" {
            answer(200, "{\"version\":\"1\"}")
        } else if claims(attempt).is_some() {
            answer(200, "[]")
        } else {
            refusal(Kind::EKuiper, false)
        }
    });
    assert_eq!(finding.code(), "not_this_product");
}

#[test]
fn silence_at_first_is_unreachable_and_later_what_was_found_holds() {
    let silent = || {
        Err(Unreachable {
            why: "connection refused".to_owned(),
        })
    };
    let mut examination = Examination::new(Kind::Neuron, Credential::Token, FILE, NOW_S);
    examination.heard(silent());
    assert_eq!(examination.next(), None);
    let finding = examination.finding();
    assert_eq!(finding.code(), "unreachable");
    assert!(finding.message().contains("connection refused"));

    let mut examination = Examination::new(Kind::EKuiper, Credential::Token, FILE, NOW_S);
    examination.heard(Ok(refusal(Kind::EKuiper, false)));
    examination.heard(Ok(refusal(Kind::EKuiper, true)));
    examination.heard(silent());
    assert_eq!(examination.next(), None);
    assert_eq!(examination.finding().verdict, Verdict::NoKeyFile);
}

#[test]
fn anything_that_speaks_http_is_reached_and_its_password_is_proven() {
    let http = |credential, bare: u16, shown: u16| {
        let (finding, _) = examine(Kind::Http, credential, |attempt| {
            let bare_call = attempt.proof == Presented::Nothing;
            answer(if bare_call { bare } else { shown }, "")
        });
        finding.code()
    };
    assert_eq!(http(Credential::None, 404, 404), "reached");
    assert_eq!(http(Credential::None, 302, 302), "reached");
    assert_eq!(http(Credential::None, 401, 401), "wrong_scheme");
    assert_eq!(http(Credential::None, 500, 500), "unclear");
    assert_eq!(http(Credential::Basic, 401, 200), "proven");
    assert_eq!(http(Credential::Basic, 401, 401), "wrong_password");
    assert_eq!(http(Credential::Basic, 200, 200), "reached");
    assert_eq!(http(Credential::Token, 401, 403), "unclear");
    assert_eq!(http(Credential::Token, 401, 200), "proven");
}

#[test]
fn findings_are_kept_as_json_and_read_back() {
    let verdicts = [
        Verdict::Proven {
            version: Some("1".to_owned()),
            clock_ahead_s: None,
        },
        Verdict::NoAuthentication { version: None },
        Verdict::Reached { status: 404 },
        Verdict::NoKeyFile,
        Verdict::OtherFileName {
            found: Some("my-ecp.pub".to_owned()),
        },
        Verdict::OtherFileName { found: None },
        Verdict::OtherKey,
        Verdict::KeyFileOrKey,
        Verdict::Expired,
        Verdict::ClockApart {
            by: Apart::Ahead {
                at_least_s: 1,
                at_most_s: None,
            },
        },
        Verdict::WrongScheme {
            wants: Wanted::Either,
        },
        Verdict::WrongPassword,
        Verdict::NotThisProduct {
            looks_like: Some(Kind::NanoMq),
            answered: "404 with nothing".to_owned(),
        },
        Verdict::Unclear {
            status: 418,
            said: String::new(),
        },
        Verdict::Unreachable {
            why: "timed out".to_owned(),
        },
    ];
    for verdict in verdicts {
        for kind in Kind::ALL {
            let finding = Finding {
                kind,
                file: FILE.to_owned(),
                verdict: verdict.clone(),
            };
            let json = serde_json::to_value(&finding).unwrap();
            assert_eq!(json["verdict"], finding.code());
            assert_eq!(json["kind"], kind.as_str());
            assert_eq!(serde_json::from_value::<Finding>(json).unwrap(), finding);
            for text in [Some(finding.message()), finding.fix()]
                .into_iter()
                .flatten()
            {
                assert!(!text.ends_with('.') && !text.contains("{file}"), "{text}");
            }
        }
    }
}
