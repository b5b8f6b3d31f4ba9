//! Whatever people do to one another, what had an administrator keeps one.

use std::collections::HashSet;

use edgeward_domain::access::{Membership, OrganisationRole, ProjectRole, UserState, Visible};
use edgeward_ids::{OrganisationId, ProjectId, UserId};
use edgeward_store::{
    InvitationPurpose, MemberOf, NewInvitation, NewUser, Slice, Sort, SsoSignIn, Store, UserChange,
    UserColumn, UserFilter, UserView,
};
use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};

use crate::support::{NOW, by, in_organisation, in_project, key, later, name, new_user};

/// Something that somebody does. Numbers choose among what there is.
#[derive(Clone, Debug)]
enum Act {
    MakeUser {
        system_admin: bool,
        state: UserState,
        place: Option<Seat>,
    },
    MakeOrganisation {
        admin: Option<usize>,
    },
    MakeProject {
        organisation: usize,
        admin: Option<usize>,
    },
    DeleteOrganisation(usize),
    DeleteProject(usize),
    Seat(usize, Seat),
    Leave(usize, usize, bool),
    Enable(usize, bool),
    Delete(usize),
    SystemAdmin(usize, bool),
    Invite(usize),
    Accept(usize),
    SignInWithSso {
        user: usize,
        seats: Vec<Seat>,
        system_admin: Option<bool>,
    },
}

/// A membership to give.
#[derive(Clone, Copy, Debug)]
enum Seat {
    Organisation(usize, OrganisationRole),
    Project(usize, ProjectRole),
}

fn seat() -> impl Strategy<Value = Seat> {
    prop_oneof![
        (0..3usize, prop::sample::select(&OrganisationRole::ALL[..]))
            .prop_map(|(place, role)| Seat::Organisation(place, role)),
        (0..4usize, prop::sample::select(&ProjectRole::ALL[..]))
            .prop_map(|(place, role)| Seat::Project(place, role)),
    ]
}

fn act() -> impl Strategy<Value = Act> {
    let user = 0..6usize;
    prop_oneof![
        3 => (any::<bool>(), prop::sample::select(&UserState::ALL[..]), prop::option::of(seat()))
            .prop_map(|(system_admin, state, place)| Act::MakeUser { system_admin, state, place }),
        2 => prop::option::of(user.clone()).prop_map(|admin| Act::MakeOrganisation { admin }),
        2 => (0..3usize, prop::option::of(user.clone()))
            .prop_map(|(organisation, admin)| Act::MakeProject { organisation, admin }),
        1 => (0..3usize).prop_map(Act::DeleteOrganisation),
        1 => (0..4usize).prop_map(Act::DeleteProject),
        6 => (user.clone(), seat()).prop_map(|(user, seat)| Act::Seat(user, seat)),
        4 => (user.clone(), 0..4usize, any::<bool>())
            .prop_map(|(user, place, project)| Act::Leave(user, place, project)),
        4 => (user.clone(), any::<bool>()).prop_map(|(user, enabled)| Act::Enable(user, enabled)),
        3 => user.clone().prop_map(Act::Delete),
        3 => (user.clone(), any::<bool>()).prop_map(|(user, admin)| Act::SystemAdmin(user, admin)),
        1 => user.clone().prop_map(Act::Invite),
        1 => user.clone().prop_map(Act::Accept),
        2 => (user, prop::collection::vec(seat(), 0..3), prop::option::of(any::<bool>()))
            .prop_map(|(user, seats, system_admin)| Act::SignInWithSso { user, seats, system_admin }),
    ]
}

/// What there is, and what has had an administrator.
#[derive(Default)]
struct World {
    users: Vec<(UserId, String)>,
    organisations: Vec<OrganisationId>,
    projects: Vec<(OrganisationId, ProjectId)>,
    administered: HashSet<Administered>,
    made: usize,
}

#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
enum Administered {
    System,
    Organisation(OrganisationId),
    Project(ProjectId),
}

fn pick<T: Clone>(all: &[T], number: usize) -> Option<T> {
    (!all.is_empty()).then(|| all[number % all.len()].clone())
}

impl World {
    fn membership(&self, seat: Seat) -> Option<Membership> {
        Some(match seat {
            Seat::Organisation(place, role) => {
                in_organisation(pick(&self.organisations, place)?, role)
            }
            Seat::Project(place, role) => in_project(pick(&self.projects, place)?, role),
        })
    }

    fn next(&mut self) -> String {
        self.made += 1;
        format!("n{}", self.made)
    }

    /// Does it, if there is anything to do it to; whether it is refused is not asked.
    async fn act(&mut self, store: &Store, act: Act) -> Option<()> {
        let (users, members) = (store.users(), store.members());
        let organisations = store.organisations();
        match act {
            Act::MakeUser {
                system_admin,
                state,
                place,
            } => {
                let text = self.next();
                let memberships = place.and_then(|seat| self.membership(seat));
                let user = NewUser {
                    system_admin,
                    state,
                    memberships: memberships.into_iter().collect(),
                    ..new_user(&text)
                };
                self.users.push((user.id, text));
                users
                    .create_users(vec![user], &by(), NOW)
                    .await
                    .unwrap()
                    .pop()?
                    .unwrap();
            }
            Act::MakeOrganisation { admin } => {
                let admin: Vec<_> = admin
                    .and_then(|n| pick(&self.users, n))
                    .iter()
                    .map(|u| u.0)
                    .collect();
                let name = name(&self.next());
                let made = organisations
                    .create_organisation(name, "", &admin, &by(), NOW)
                    .await;
                self.organisations.push(made.unwrap().id);
            }
            Act::MakeProject {
                organisation,
                admin,
            } => {
                let organisation = pick(&self.organisations, organisation)?;
                let admin: Vec<_> = admin
                    .and_then(|n| pick(&self.users, n))
                    .iter()
                    .map(|u| u.0)
                    .collect();
                let name = name(&self.next());
                let made = organisations
                    .create_project(organisation, name, "", &admin, &by(), NOW)
                    .await;
                self.projects.push((organisation, made.unwrap().id));
            }
            Act::DeleteOrganisation(number) => {
                let id = pick(&self.organisations, number)?;
                if organisations
                    .delete_organisation(id, &by(), NOW)
                    .await
                    .is_ok()
                {
                    self.organisations.retain(|other| *other != id);
                    self.administered.remove(&Administered::Organisation(id));
                }
            }
            Act::DeleteProject(number) => {
                let place = pick(&self.projects, number)?;
                organisations
                    .delete_project(place.1, &by(), NOW)
                    .await
                    .unwrap();
                self.projects.retain(|other| *other != place);
                self.administered.remove(&Administered::Project(place.1));
            }
            Act::Seat(user, seat) => {
                let user = pick(&self.users, user)?.0;
                let membership = self.membership(seat)?;
                let _ = members.set_member(user, membership, &by(), NOW).await;
            }
            Act::Leave(user, place, project) => {
                let user = pick(&self.users, user)?.0;
                let of = if project {
                    MemberOf::Project(pick(&self.projects, place)?.1)
                } else {
                    MemberOf::Organisation(pick(&self.organisations, place)?)
                };
                let _ = members.remove_member(user, of, &by(), NOW).await;
            }
            Act::Enable(user, enabled) => {
                let user = pick(&self.users, user)?.0;
                let _ = users.set_enabled(user, enabled, &by(), NOW).await;
            }
            Act::Delete(user) => {
                let user = pick(&self.users, user)?.0;
                if users.delete_user(user, &by(), NOW).await.is_ok() {
                    self.users.retain(|other| other.0 != user);
                }
            }
            Act::SystemAdmin(user, admin) => {
                let user = pick(&self.users, user)?.0;
                let change = UserChange {
                    system_admin: Some(admin),
                    ..UserChange::default()
                };
                let _ = users.update_user(user, change, &by(), NOW).await;
            }
            Act::Invite(user) => {
                let user = pick(&self.users, user)?.0;
                let link = NewInvitation {
                    token_hash: user.to_string(),
                    expires_at: later(9),
                };
                let purpose = InvitationPurpose::Reset;
                users
                    .new_invitation(user, purpose, link, &by(), NOW)
                    .await
                    .unwrap();
            }
            Act::Accept(user) => {
                let hash = pick(&self.users, user)?.0.to_string();
                let _ = users.accept_invitation(&hash, "$x", None, &by(), NOW).await;
            }
            Act::SignInWithSso {
                user,
                seats,
                system_admin,
            } => {
                let text = pick(&self.users, user)?.1;
                let sign_in = SsoSignIn {
                    issuer: "i".into(),
                    subject: text.clone(),
                    email: format!("{text}@example.com").parse().unwrap(),
                    email_verified: true,
                    display_name: text,
                    memberships: seats
                        .into_iter()
                        .filter_map(|seat| self.membership(seat))
                        .collect(),
                    system_admin,
                    create: false,
                };
                let _ = users.sign_in_with_sso(sign_in, &by(), NOW).await;
            }
        }
        Some(())
    }

    /// What has an active administrator, of whom there must be one wherever there ever was.
    async fn look(&mut self, store: &Store) {
        let filter = UserFilter {
            state: Some(UserState::Active),
            ..UserFilter::new(Visible::Everything)
        };
        let sort = Sort::ascending(UserColumn::Created);
        let users = store
            .users()
            .users(&filter, sort, Slice::FIRST)
            .await
            .unwrap();
        let now: HashSet<_> = users.items.iter().flat_map(administers).collect();
        let lost: Vec<_> = self.administered.difference(&now).collect();
        assert!(lost.is_empty(), "without an administrator: {lost:?}");
        self.administered.extend(now);
    }
}

fn administers(view: &UserView) -> Vec<Administered> {
    let system = view
        .grants
        .is_system_admin()
        .then_some(Administered::System);
    let places = view
        .grants
        .memberships()
        .filter_map(|membership| match membership {
            Membership::Organisation {
                id,
                role: OrganisationRole::Admin,
            } => Some(Administered::Organisation(id)),
            Membership::Project {
                id,
                role: ProjectRole::Admin,
                ..
            } => Some(Administered::Project(id)),
            _ => None,
        });
    system.into_iter().chain(places).collect()
}

fn whatever_happens(cases: u32, url: impl Fn() -> String) {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .unwrap();
    let mut runner = TestRunner::new(Config {
        cases,
        failure_persistence: None,
        ..Config::default()
    });
    let acts = prop::collection::vec(act(), 20..60);
    runner
        .run(&acts, |acts| {
            let url = url();
            runtime.block_on(async {
                let store = Store::open(&url, key()).await.unwrap();
                let mut world = World::default();
                for act in acts {
                    world.act(&store, act).await;
                    world.look(&store).await;
                }
                store.close().await;
            });
            Ok(())
        })
        .unwrap();
}

mod sqlite {
    #[test]
    fn what_had_an_administrator_keeps_one() {
        super::whatever_happens(64, || "sqlite::memory:".into());
    }
}

mod postgres {
    #[test]
    fn what_had_an_administrator_keeps_one() {
        super::whatever_happens(8, || edgeward_postgres_fixture::fresh_database().unwrap());
    }
}
