//! Asking a provider: its discovery document and keys (kept for a while), and an identity for a code.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use openidconnect::core::{
    CoreAuthenticationFlow, CoreClient, CoreClientAuthMethod, CoreGenderClaim,
    CoreProviderMetadata, CoreResponseType, CoreTokenResponse,
};
use openidconnect::{
    AdditionalClaims, AuthType, AuthorizationCode, ClaimsVerificationError, ClientId, ClientSecret,
    CsrfToken, DiscoveryError, EndpointMaybeSet, EndpointNotSet, EndpointSet, HttpRequest,
    IssuerUrl, Nonce, OAuth2TokenResponse as _, PkceCodeChallenge, PkceCodeVerifier, RedirectUrl,
    Scope, TokenResponse as _, UserInfoClaims,
};
use parking_lot::Mutex;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use url::Url;

use super::claims::Claims;
use super::fetch::{FetchError, fetch};
use super::state::Begun;
use crate::settings::{SsoProvider, is_protected};

/// How long a discovery document and keys are believed.
const METADATA_LIFETIME: Duration = Duration::from_secs(600);

/// How old they must be before an identity that does not fit makes us ask again: keys are exchanged now and then.
const METADATA_LEAST_AGE: Duration = Duration::from_secs(1);

/// The most providers whose metadata are kept.
const MAX_KEPT: usize = 50;

/// What we want to know of people.
const SCOPES: [&str; 2] = ["email", "profile"];

/// What some providers want to be asked for before they say it, and others do not know. Rules are mostly about it.
const GROUPS: &str = "groups";

/// A client with what a discovery document sets.
type Client = CoreClient<
    EndpointSet,
    EndpointNotSet,
    EndpointNotSet,
    EndpointNotSet,
    EndpointMaybeSet,
    EndpointMaybeSet,
>;

/// Whatever claims there are beside the standard ones.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
struct OtherClaims(Map<String, Value>);

impl AdditionalClaims for OtherClaims {}

/// Why a provider cannot be used, or its answer not be believed.
#[derive(Debug, thiserror::Error)]
pub enum ProviderError {
    /// An address that is none.
    #[error("{0} is not an address")]
    Address(String),
    /// No answer.
    #[error("the provider does not answer")]
    Fetch(#[from] FetchError),
    /// The discovery document cannot be used.
    #[error("the provider's discovery document at {url} cannot be used: {why}")]
    Discovery {
        /// Where it is.
        url: String,
        /// Why not.
        why: String,
    },
    /// The provider does not give an identity for the code.
    #[error("the provider does not take the code: {0}")]
    Code(String),
    /// The answer has no identity.
    #[error("the provider's answer has no id token")]
    NoIdentity,
    /// The identity is not proven.
    #[error("the provider's id token is not valid")]
    Identity(#[source] ClaimsVerificationError),
    /// The claims cannot be read.
    #[error("the provider's claims cannot be read: {0}")]
    Claims(String),
}

/// Discovery documents, by issuer.
#[derive(Default)]
pub struct Providers {
    kept: Mutex<HashMap<String, (Instant, Arc<CoreProviderMetadata>)>>,
}

impl Providers {
    /// Whether the provider can be used, asked now.
    pub async fn test(&self, issuer: &str) -> Result<(), ProviderError> {
        let metadata = discover(issuer).await?;
        let at = IssuerUrl::new(issuer.to_owned())
            .map_err(|_| ProviderError::Address(issuer.to_owned()))?;
        usable(at.as_str(), &metadata)
    }

    /// Where to send a browser, for a sign-in that was begun.
    pub async fn address(
        &self,
        provider: &SsoProvider,
        redirect_url: &str,
        begun: &Begun,
    ) -> Result<Url, ProviderError> {
        let (metadata, _) = self.metadata(&provider.issuer, METADATA_LIFETIME).await?;
        let client = client(provider, &metadata, redirect_url)?;
        let (state, nonce) = (begun.state.clone(), begun.nonce.clone());
        let verifier = PkceCodeVerifier::new(begun.verifier.clone());
        let mut request = client
            .authorize_url(
                CoreAuthenticationFlow::AuthorizationCode,
                move || CsrfToken::new(state),
                move || Nonce::new(nonce),
            )
            .set_pkce_challenge(PkceCodeChallenge::from_code_verifier_sha256(&verifier));
        let offered = metadata.scopes_supported();
        let groups = offered.is_some_and(|all| all.iter().any(|scope| scope.as_str() == GROUPS));
        for scope in SCOPES.into_iter().chain(groups.then_some(GROUPS)) {
            request = request.add_scope(Scope::new(scope.into()));
        }
        Ok(request.url().0)
    }

    /// What the provider says of whoever came back with this code.
    pub async fn claims(
        &self,
        provider: &SsoProvider,
        redirect_url: &str,
        begun: &Begun,
        code: &str,
    ) -> Result<Claims, ProviderError> {
        let (metadata, asked_at) = self.metadata(&provider.issuer, METADATA_LIFETIME).await?;
        let mut client = client(provider, &metadata, redirect_url)?;
        let tokens = exchange(&client, begun, code).await?;
        let mut identity = identity(&client, &tokens, begun);
        let unknown_key = matches!(
            identity,
            Err(ProviderError::Identity(
                ClaimsVerificationError::SignatureVerification(_)
            ))
        );
        if unknown_key && asked_at.elapsed() >= METADATA_LEAST_AGE {
            let (metadata, _) = self.metadata(&provider.issuer, METADATA_LEAST_AGE).await?;
            client = self::client(provider, &metadata, redirect_url)?;
            identity = self::identity(&client, &tokens, begun);
        }
        let mut claims = identity?;
        if claims.lacks_any(&provider.rules) && metadata.userinfo_endpoint().is_some() {
            claims.add(user_info(&client, &tokens, &claims).await?);
        }
        Ok(claims)
    }

    /// The metadata of an issuer, at most this old; and when they were asked for.
    async fn metadata(
        &self,
        issuer: &str,
        at_most: Duration,
    ) -> Result<(Arc<CoreProviderMetadata>, Instant), ProviderError> {
        if let Some((at, metadata)) = self.kept.lock().get(issuer)
            && at.elapsed() < at_most
        {
            return Ok((metadata.clone(), *at));
        }
        let metadata = Arc::new(discover(issuer).await?);
        usable(issuer, &metadata)?;
        let at = Instant::now();
        let mut kept = self.kept.lock();
        if kept.len() >= MAX_KEPT {
            kept.clear();
        }
        kept.insert(issuer.to_owned(), (at, metadata.clone()));
        Ok((metadata, at))
    }
}

async fn discover(issuer: &str) -> Result<CoreProviderMetadata, ProviderError> {
    let address = || ProviderError::Address(issuer.to_owned());
    let url = IssuerUrl::new(issuer.to_owned()).map_err(|_| address())?;
    let found = CoreProviderMetadata::discover_async(url, &fetch).await;
    found.map_err(|error| match error {
        DiscoveryError::Request(error) => ProviderError::Fetch(error),
        DiscoveryError::Response(status, _, _) => {
            unusable(issuer, format!("its status is {}", status.as_u16()))
        }
        DiscoveryError::Parse(error) => unusable(issuer, error.to_string()),
        DiscoveryError::Validation(why) => unusable(issuer, why),
        other => unusable(issuer, other.to_string()),
    })
}

fn unusable(issuer: &str, why: impl Into<String>) -> ProviderError {
    let url = format!(
        "{}/.well-known/openid-configuration",
        issuer.trim_end_matches('/')
    );
    let why: String = why.into();
    ProviderError::Discovery {
        url,
        why: why.chars().filter(|c| !c.is_control()).take(300).collect(),
    }
}

/// Whether the document names what we need, in ways that we can go.
fn usable(issuer: &str, metadata: &CoreProviderMetadata) -> Result<(), ProviderError> {
    let token = metadata.token_endpoint();
    let token = token.ok_or_else(|| unusable(issuer, "it names no token endpoint"))?;
    let authorisation = metadata.authorization_endpoint().url();
    let urls = [authorisation, token.url(), metadata.jwks_uri().url()];
    let info = metadata.userinfo_endpoint().map(|endpoint| endpoint.url());
    for url in urls.into_iter().chain(info) {
        if !is_protected(url) {
            return Err(unusable(issuer, format!("{url} is not protected by TLS")));
        }
    }
    let code = |types: &openidconnect::ResponseTypes<_>| types.contains(&CoreResponseType::Code);
    if metadata.response_types_supported().iter().any(code) {
        Ok(())
    } else {
        Err(unusable(
            issuer,
            "it does not offer the authorisation code flow",
        ))
    }
}

fn client(
    provider: &SsoProvider,
    metadata: &CoreProviderMetadata,
    redirect_url: &str,
) -> Result<Client, ProviderError> {
    let redirect = RedirectUrl::new(redirect_url.to_owned())
        .map_err(|_| ProviderError::Address(redirect_url.to_owned()))?;
    let client = CoreClient::from_provider_metadata(
        metadata.clone(),
        ClientId::new(provider.client_id.clone()),
        provider.client_secret.clone().map(ClientSecret::new),
    );
    Ok(client
        .set_redirect_uri(redirect)
        .set_auth_type(auth_type(metadata)))
}

/// How the secret is shown: in a header, unless the provider takes it in the body only (OpenID Connect Discovery, 3).
fn auth_type(metadata: &CoreProviderMetadata) -> AuthType {
    let ways = metadata.token_endpoint_auth_methods_supported();
    let has = |way| ways.is_none_or(|ways| ways.contains(&way));
    if !has(CoreClientAuthMethod::ClientSecretBasic) && has(CoreClientAuthMethod::ClientSecretPost)
    {
        AuthType::RequestBody
    } else {
        AuthType::BasicAuth
    }
}

async fn exchange(
    client: &Client,
    begun: &Begun,
    code: &str,
) -> Result<CoreTokenResponse, ProviderError> {
    let request = client.exchange_code(AuthorizationCode::new(code.to_owned()));
    let request = request.map_err(|error| ProviderError::Code(error.to_string()))?;
    let asked = request
        .set_pkce_verifier(PkceCodeVerifier::new(begun.verifier.clone()))
        .request_async(&fetch)
        .await;
    asked.map_err(|error| match error {
        openidconnect::RequestTokenError::Request(error) => ProviderError::Fetch(error),
        // The body of an answer that cannot be read may hold tokens.
        openidconnect::RequestTokenError::Parse(error, _) => ProviderError::Code(error.to_string()),
        other => ProviderError::Code(other.to_string()),
    })
}

/// The claims of the id token, once signature, issuer, audience, end and nonce are right.
fn identity(
    client: &Client,
    tokens: &CoreTokenResponse,
    begun: &Begun,
) -> Result<Claims, ProviderError> {
    let token = tokens.id_token().ok_or(ProviderError::NoIdentity)?;
    let nonce = Nonce::new(begun.nonce.clone());
    token
        .claims(&client.id_token_verifier(), &nonce)
        .map_err(ProviderError::Identity)?;
    // The library drops claims that it does not know; the token is proven, so its payload is read once more.
    let text = token.to_string();
    let payload = text.split('.').nth(1).unwrap_or_default();
    let bytes = URL_SAFE_NO_PAD
        .decode(payload)
        .map_err(|error| ProviderError::Claims(error.to_string()))?;
    serde_json::from_slice(&bytes)
        .map(Claims)
        .map_err(|error| ProviderError::Claims(error.to_string()))
}

/// What the provider says beyond the id token, of the same subject.
async fn user_info(
    client: &Client,
    tokens: &CoreTokenResponse,
    claims: &Claims,
) -> Result<Map<String, Value>, ProviderError> {
    let subject = claims
        .0
        .get("sub")
        .and_then(Value::as_str)
        .unwrap_or_default();
    let subject = openidconnect::SubjectIdentifier::new(subject.to_owned());
    let request = client.user_info(tokens.access_token().clone(), Some(subject));
    let request = request.map_err(|error| ProviderError::Claims(error.to_string()))?;
    let ask = |request: HttpRequest| fetch(request);
    let said: UserInfoClaims<OtherClaims, CoreGenderClaim> = request
        .request_async(&ask)
        .await
        .map_err(|error| ProviderError::Claims(error.to_string()))?;
    match serde_json::to_value(&said) {
        Ok(Value::Object(fields)) => Ok(fields),
        Ok(_) => Ok(Map::new()),
        Err(error) => Err(ProviderError::Claims(error.to_string())),
    }
}
