//! The texts of letters, in both languages. Plain text, no line longer than mail programs show.

use edgeward_api::access::Language;
use edgeward_domain::Moment;

use crate::timestamp;

/// A letter.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Letter {
    /// Somebody has an account now, and is to set its password.
    Invitation {
        /// Where.
        link: String,
        /// Until when.
        expires_at: Moment,
    },
    /// Somebody is to set another password.
    PasswordReset {
        /// Where.
        link: String,
        /// Until when.
        expires_at: Moment,
    },
    /// An administrator tries the mail server out.
    Test {
        /// The console's address.
        console_url: String,
    },
}

/// A letter in one language.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Text {
    /// In the list of letters.
    pub subject: &'static str,
    /// The letter itself.
    pub body: String,
}

impl Letter {
    /// In this language.
    pub fn text(&self, language: Language) -> Text {
        match (self, language) {
            (Self::Invitation { link, expires_at }, Language::En) => Text {
                subject: "Your invitation to Edgeward",
                body: format!(
                    "Hello,\n\nan account was made for you in Edgeward, which manages devices and their services.\nOpen this address to choose your password and sign in:\n\n{link}\n\nIt works once, until {}.\nIf you did not expect this, ignore it.\n",
                    until(*expires_at)
                ),
            },
            (Self::Invitation { link, expires_at }, Language::Zh) => Text {
                subject: "Edgeward 邀请",
                body: format!(
                    "您好：\n\n已在 Edgeward（设备与边缘服务管理平台）中为您创建账号。\n请打开以下地址设置密码并登录：\n\n{link}\n\n该地址只能使用一次，有效期至 {}。\n如果这不是您所期待的邮件，请忽略。\n",
                    until(*expires_at)
                ),
            },
            (Self::PasswordReset { link, expires_at }, Language::En) => Text {
                subject: "Another password for Edgeward",
                body: format!(
                    "Hello,\n\nsomebody asked for another password for your account in Edgeward.\nOpen this address to choose one:\n\n{link}\n\nIt works once, until {}.\nIf it was not you, ignore this: your password stays as it is.\n",
                    until(*expires_at)
                ),
            },
            (Self::PasswordReset { link, expires_at }, Language::Zh) => Text {
                subject: "重置 Edgeward 密码",
                body: format!(
                    "您好：\n\n有人请求重置您的 Edgeward 账号密码。\n请打开以下地址设置新密码：\n\n{link}\n\n该地址只能使用一次，有效期至 {}。\n如果不是您本人的操作，请忽略此邮件，您的密码不会改变。\n",
                    until(*expires_at)
                ),
            },
            (Self::Test { console_url }, Language::En) => Text {
                subject: "Edgeward can send e-mail",
                body: format!(
                    "Hello,\n\nthis letter shows that Edgeward can send e-mail with its settings.\n\n{console_url}\n"
                ),
            },
            (Self::Test { console_url }, Language::Zh) => Text {
                subject: "Edgeward 可以发送邮件",
                body: format!(
                    "您好：\n\n此邮件表明 Edgeward 可以使用当前设置发送邮件。\n\n{console_url}\n"
                ),
            },
        }
    }
}

/// To the minute, in the one time zone that needs no question.
fn until(moment: Moment) -> String {
    timestamp(moment).strftime("%Y-%m-%d %H:%M UTC").to_string()
}
