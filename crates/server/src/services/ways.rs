//! The ways to services: through an agent's tunnel, or dialled by the control plane. Whoever sends a request need not know which.

use std::sync::Arc;
use std::time::{Duration, SystemTime};

use axum::body::{Body, HttpBody as _};
use bytes::BytesMut;
use edgeward_domain::access::Scope;
use edgeward_domain::service::{Authentication, Way};
use edgeward_ids::{AgentId, OfferName, ServiceId};
use edgeward_products::{Answer, Call, Kind, MAX_BODY_BYTES, MAX_CONFIGURATION_BYTES};
use edgeward_tunnel::client::Connection;
use http::header::{AUTHORIZATION, CONNECTION, UPGRADE};
use http::{HeaderValue, Method, Request, Response, StatusCode, Uri, Version};
use http_body_util::BodyExt as _;
use hyper::ext::Protocol;

use super::credentials::Credentials;
use super::direct::{Destination, DirectWay};
use super::failure::Failure;
use super::guard::{Turns, checked, during, masked};
use crate::agents::Presence;
use crate::tunnel::Tunnels;

/// How long a service may take to begin its answer. An agent's own limit is shorter and says more.
pub const ANSWER_TIMEOUT: Duration = Duration::from_secs(75);

/// How long a call of the control plane's own may take, the answer's body included.
const CALL_TIMEOUT: Duration = Duration::from_secs(10);

/// Where a service is, and what it wants to see.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Route {
    /// The service.
    pub service: ServiceId,
    /// What it is.
    pub kind: Kind,
    /// How it is reached.
    pub way: Way,
    /// What it wants to see.
    pub authentication: Authentication,
    /// The numbers of the key pairs that it is known to accept.
    pub keys: Vec<u32>,
    /// The project that it belongs to.
    pub scope: Scope,
}

impl Route {
    /// The agent whose tunnel leads there; none where the service is reached directly.
    pub const fn agent(&self) -> Option<AgentId> {
        match &self.way {
            Way::Agent { agent, .. } => Some(*agent),
            Way::Direct { .. } => None,
        }
    }
}

/// The answer to a wish for another protocol.
pub(super) enum Switched {
    /// The connection speaks it from now on: its bytes are in `hyper::upgrade::on`.
    Yes(Response<Body>),
    /// An ordinary answer.
    No(Response<Body>),
}

/// The ways to services.
pub struct Ways {
    tunnels: Arc<Tunnels>,
    presence: Arc<Presence>,
    direct: DirectWay,
    credentials: Credentials,
    turns: Turns,
}

impl Ways {
    /// Through these tunnels where an agent is present, and by this direct way.
    pub fn new(
        tunnels: Arc<Tunnels>,
        presence: Arc<Presence>,
        direct: DirectWay,
        credentials: Credentials,
    ) -> Self {
        Self {
            tunnels,
            presence,
            direct,
            credentials,
            turns: Turns::default(),
        }
    }

    /// What the control plane proves itself with.
    pub const fn credentials(&self) -> &Credentials {
        &self.credentials
    }

    /// Sends a request, whose URI is path and query, and returns the answer's head; its body comes as it arrives. A request without an
    /// `Authorization` of its own gets the one that the service wants. One that would harm the service is refused, and secrets in the
    /// answer are masked, as its product knows them.
    pub(super) async fn send(
        &self,
        route: &Route,
        request: Request<Body>,
    ) -> Result<Response<Body>, Failure> {
        let mut request = checked(route.kind, request).await?;
        let is_ours = self.authorise(route, &mut request)?;
        let path = request.uri().path().to_owned();
        let spare = if is_ours {
            self.with_other_key(route, &request)?
        } else {
            None
        };
        let mut answer = self.carry(route, request).await?;
        if let Some(spare) = spare
            && answer.status() == StatusCode::UNAUTHORIZED
        {
            // It holds the call's turn until it is dropped.
            drop(answer);
            answer = self.carry(route, spare).await?;
        }
        masked(route.kind, &path, answer).await
    }

    /// Sends a request for another protocol.
    pub(super) async fn switch(
        &self,
        route: &Route,
        protocol: &str,
        mut request: Request<Body>,
    ) -> Result<Switched, Failure> {
        self.authorise(route, &mut request)?;
        let (answer, agreed) = match &route.way {
            Way::Agent { .. } => {
                *request.method_mut() = Method::CONNECT;
                request
                    .extensions_mut()
                    .insert(protocol_extension(protocol));
                (self.carry(route, request).await?, StatusCode::OK)
            }
            Way::Direct { .. } => {
                let value = HeaderValue::from_str(protocol).map_err(|_| Failure::Path)?;
                let headers = request.headers_mut();
                headers.insert(CONNECTION, HeaderValue::from_static("upgrade"));
                headers.insert(UPGRADE, value);
                let answer = self.carry(route, request).await?;
                (answer, StatusCode::SWITCHING_PROTOCOLS)
            }
        };
        Ok(if answer.status() == agreed {
            Switched::Yes(answer)
        } else {
            Switched::No(answer)
        })
    }

    /// Makes a call of the control plane's own, with this `Authorization`; the body is cut at [`MAX_BODY_BYTES`].
    pub async fn call(
        &self,
        route: &Route,
        call: &Call,
        authorization: Option<HeaderValue>,
    ) -> Result<Answer, Failure> {
        let mut request = request_of(call)?;
        if let Some(authorization) = authorization {
            request.headers_mut().insert(AUTHORIZATION, authorization);
        }
        let answered = async {
            let answer = self.carry(route, request).await?;
            let (parts, body) = answer.into_parts();
            let body = beginning(body, MAX_BODY_BYTES).await?;
            Ok(Answer::new(parts.status, &parts.headers, body.freeze()))
        };
        tokio::time::timeout(CALL_TIMEOUT, answered)
            .await
            .map_err(|_| Failure::NoAnswer(CALL_TIMEOUT))?
    }

    /// Makes a call of the control plane's own for a service's configuration, with what the service wants to see. The answer's secrets are not
    /// masked, and its body is cut at [`MAX_CONFIGURATION_BYTES`].
    pub async fn ask(
        &self,
        route: &Route,
        call: &Call,
        limit: Duration,
    ) -> Result<Answer, Failure> {
        let mut request = request_of(call)?;
        self.authorise(route, &mut request)?;
        let answered = async {
            let answer = self.carry(route, request).await?;
            let (parts, body) = answer.into_parts();
            let body = beginning(body, MAX_CONFIGURATION_BYTES).await?;
            Ok(Answer::whole(parts.status, &parts.headers, body.freeze()))
        };
        tokio::time::timeout(limit, answered)
            .await
            .map_err(|_| Failure::NoAnswer(limit))?
    }

    /// The same request with a token of the other key pair, while there are two and it has no body: a service may have been given that key
    /// since it was asked last.
    fn with_other_key(
        &self,
        route: &Route,
        request: &Request<Body>,
    ) -> Result<Option<Request<Body>>, Failure> {
        if !request.body().is_end_stream() {
            return Ok(None);
        }
        let other = self
            .credentials
            .other_authorization(route, SystemTime::now())?;
        Ok(other.map(|authorization| {
            let mut spare = Request::new(Body::empty());
            *spare.method_mut() = request.method().clone();
            *spare.uri_mut() = request.uri().clone();
            *spare.headers_mut() = request.headers().clone();
            spare.headers_mut().insert(AUTHORIZATION, authorization);
            spare
        }))
    }

    /// Adds what the service wants to see, unless the request brings its own; whether it was ours.
    fn authorise(&self, route: &Route, request: &mut Request<Body>) -> Result<bool, Failure> {
        if request.headers().contains_key(AUTHORIZATION) {
            return Ok(false);
        }
        let authorization = self.credentials.authorization(route, SystemTime::now())?;
        if let Some(authorization) = authorization {
            request.headers_mut().insert(AUTHORIZATION, authorization);
        }
        Ok(true)
    }

    async fn carry(
        &self,
        route: &Route,
        request: Request<Body>,
    ) -> Result<Response<Body>, Failure> {
        let path = request.uri().path();
        let turn = self.turns.take(route.service, route.kind, path).await?;
        let answer = self.convey(route, request).await?;
        Ok(during(turn, answer))
    }

    async fn convey(
        &self,
        route: &Route,
        request: Request<Body>,
    ) -> Result<Response<Body>, Failure> {
        match &route.way {
            Way::Agent { agent, offer, .. } => {
                let connection = self.tunnel(*agent).await?;
                let request = through_tunnel(offer, request)?;
                let answer = in_time(connection.request(request))
                    .await?
                    .map_err(Failure::Request)?;
                Ok(Failure::of_agent(answer).await?.map(Body::new))
            }
            Way::Direct {
                scheme,
                address,
                trust,
            } => {
                let to = Destination {
                    scheme: *scheme,
                    address: address.clone(),
                    trust: trust.clone(),
                };
                Ok(in_time(self.direct.send(&to, request)).await??)
            }
        }
    }

    async fn tunnel(&self, agent: AgentId) -> Result<Connection, Failure> {
        let arrival = self.presence.arrival(agent).ok_or(Failure::Offline)?;
        Ok(self.tunnels.connection(agent, arrival).await?)
    }
}

fn request_of(call: &Call) -> Result<Request<Body>, Failure> {
    let mut request = Request::builder()
        .method(call.method.clone())
        .uri(call.path.as_str())
        .body(call.body.clone().map_or_else(Body::empty, Body::from))
        .map_err(|_| Failure::Path)?;
    *request.headers_mut() = call.headers.clone();
    Ok(request)
}

async fn in_time<T>(answer: impl Future<Output = T>) -> Result<T, Failure> {
    tokio::time::timeout(ANSWER_TIMEOUT, answer)
        .await
        .map_err(|_| Failure::NoAnswer(ANSWER_TIMEOUT))
}

/// The request as the agent takes it: the host is what the agent calls the service.
fn through_tunnel(offer: &OfferName, request: Request<Body>) -> Result<Request<Body>, Failure> {
    let (mut parts, body) = request.into_parts();
    let path = parts.uri.path_and_query().map_or("/", |path| path.as_str());
    parts.uri = Uri::builder()
        .scheme("http")
        .authority(offer.as_str())
        .path_and_query(path)
        .build()
        .map_err(|_| Failure::Path)?;
    parts.version = Version::HTTP_2;
    Ok(Request::from_parts(parts, body))
}

fn protocol_extension(protocol: &str) -> Protocol {
    if protocol == "websocket" {
        Protocol::from_static("websocket")
    } else {
        Protocol::from(protocol)
    }
}

/// At most so many bytes of a body; an endless one is not read on.
pub(super) async fn beginning(mut body: Body, most: usize) -> Result<BytesMut, Failure> {
    let mut read = BytesMut::new();
    while let Some(frame) = body.frame().await {
        let frame = frame.map_err(|error| Failure::BadAnswer(error.to_string()))?;
        if let Some(data) = frame.data_ref() {
            read.extend_from_slice(&data[..data.len().min(most - read.len())]);
        }
        if read.len() >= most {
            break;
        }
    }
    Ok(read)
}
