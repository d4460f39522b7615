//! Authentication, encryption and authorization.

use crate::config_def::{
    Allowed, ConfigDef, boolean, class, double, int, int_or_null, list, long, password, short,
    string,
};

pub(super) const CONFIGS: &[ConfigDef] = &[
    string(
        "authorizer.class.name",
        Some(""),
        "Authorizer that checks every request; none if empty.",
    )
    .security(),
    boolean(
        "allow.everyone.if.no.acl.found",
        "false",
        "Whether a resource without any ACL is open to everyone.",
    )
    .described_when_set(),
    string(
        "super.users",
        None,
        "Principals that pass every check, separated by semicolons.",
    )
    .described_when_set()
    .security(),
    long(
        "delegation.token.expiry.check.interval.ms",
        "3600000",
        "Interval at which expired delegation tokens are removed.",
    )
    .security()
    .at_least(1),
    long(
        "delegation.token.expiry.time.ms",
        "86400000",
        "How long a delegation token lives without renewal.",
    )
    .security()
    .at_least(1),
    long(
        "delegation.token.max.lifetime.ms",
        "604800000",
        "How long a delegation token lives at most.",
    )
    .security()
    .at_least(1),
    password(
        "delegation.token.secret.key",
        "Secret with which delegation tokens are made; the same on all brokers.",
    )
    .security(),
    class(
        "principal.builder.class",
        Some("org.apache.kafka.common.security.authenticator.DefaultKafkaPrincipalBuilder"),
        "Java class that names the principal of a connection; not used here.",
    )
    .security()
    .per_broker(),
    class(
        "sasl.client.callback.handler.class",
        None,
        "Java class of the SASL client callback; not used here.",
    )
    .security(),
    list(
        "sasl.enabled.mechanisms",
        Some("GSSAPI"),
        "SASL mechanisms that are offered.",
    )
    .security()
    .per_broker(),
    password(
        "sasl.jaas.config",
        "Login context of a SASL mechanism, as JAAS writes it.",
    )
    .security()
    .per_broker(),
    string(
        "sasl.kerberos.kinit.cmd",
        Some("/usr/bin/kinit"),
        "Path of kinit.",
    )
    .security()
    .per_broker(),
    long(
        "sasl.kerberos.min.time.before.relogin",
        "60000",
        "Shortest pause between two Kerberos logins.",
    )
    .security()
    .per_broker(),
    list(
        "sasl.kerberos.principal.to.local.rules",
        Some("DEFAULT"),
        "Rules that turn Kerberos principals into short names.",
    )
    .security()
    .per_broker(),
    string(
        "sasl.kerberos.service.name",
        None,
        "Kerberos name the broker runs as.",
    )
    .security()
    .per_broker(),
    double(
        "sasl.kerberos.ticket.renew.jitter",
        "0.05",
        "Random share added to the renewal time.",
    )
    .security()
    .per_broker(),
    double(
        "sasl.kerberos.ticket.renew.window.factor",
        "0.8",
        "Share of a ticket's life after which it is renewed.",
    )
    .security()
    .per_broker(),
    class(
        "sasl.login.callback.handler.class",
        None,
        "Java class of the SASL login callback; not used here.",
    )
    .security(),
    class(
        "sasl.login.class",
        None,
        "Java class that logs in; not used here.",
    )
    .security(),
    int_or_null(
        "sasl.login.connect.timeout.ms",
        "How long connecting to the identity provider may take.",
    )
    .security(),
    int_or_null(
        "sasl.login.read.timeout.ms",
        "How long reading from the identity provider may take.",
    )
    .security(),
    short(
        "sasl.login.refresh.buffer.seconds",
        "300",
        "Seconds before its end at which a credential is refreshed at the latest.",
    )
    .security()
    .per_broker(),
    short(
        "sasl.login.refresh.min.period.seconds",
        "60",
        "Shortest pause between two refreshes.",
    )
    .security()
    .per_broker(),
    double(
        "sasl.login.refresh.window.factor",
        "0.8",
        "Share of a credential's life after which it is refreshed.",
    )
    .security()
    .per_broker(),
    double(
        "sasl.login.refresh.window.jitter",
        "0.05",
        "Random share added to sasl.login.refresh.window.factor.",
    )
    .security()
    .per_broker(),
    long(
        "sasl.login.retry.backoff.max.ms",
        "10000",
        "Longest pause between two attempts to log in.",
    )
    .security(),
    long(
        "sasl.login.retry.backoff.ms",
        "100",
        "First pause between two attempts to log in.",
    )
    .security(),
    string(
        "sasl.mechanism.controller.protocol",
        Some("GSSAPI"),
        "SASL mechanism towards controllers.",
    )
    .security(),
    string(
        "sasl.mechanism.inter.broker.protocol",
        Some("GSSAPI"),
        "SASL mechanism between brokers.",
    )
    .security()
    .per_broker(),
    string(
        "sasl.oauthbearer.assertion.algorithm",
        Some("RS256"),
        "Algorithm with which assertions are signed.",
    )
    .security()
    .allow(Allowed::OneOfAnyCase(&["ES256", "RS256"])),
    string(
        "sasl.oauthbearer.assertion.claim.aud",
        None,
        "Audience claim of assertions.",
    )
    .security(),
    int(
        "sasl.oauthbearer.assertion.claim.exp.seconds",
        "300",
        "Seconds an assertion is valid.",
    )
    .security()
    .between(0, 86_400),
    string(
        "sasl.oauthbearer.assertion.claim.iss",
        None,
        "Issuer claim of assertions.",
    )
    .security(),
    boolean(
        "sasl.oauthbearer.assertion.claim.jti.include",
        "false",
        "Whether assertions carry an id.",
    )
    .security(),
    int(
        "sasl.oauthbearer.assertion.claim.nbf.seconds",
        "60",
        "Seconds an assertion is valid before it was made.",
    )
    .security()
    .between(0, 3600),
    string(
        "sasl.oauthbearer.assertion.claim.sub",
        None,
        "Subject claim of assertions.",
    )
    .security(),
    string(
        "sasl.oauthbearer.assertion.file",
        None,
        "File that holds a ready assertion.",
    )
    .security(),
    string(
        "sasl.oauthbearer.assertion.private.key.file",
        None,
        "File of the key that signs assertions.",
    )
    .security(),
    password(
        "sasl.oauthbearer.assertion.private.key.passphrase",
        "Passphrase of the key that signs assertions.",
    )
    .security(),
    string(
        "sasl.oauthbearer.assertion.template.file",
        None,
        "File with further claims of assertions.",
    )
    .security(),
    string(
        "sasl.oauthbearer.client.credentials.client.id",
        None,
        "Client id towards the identity provider.",
    )
    .security(),
    password(
        "sasl.oauthbearer.client.credentials.client.secret",
        "Client secret towards the identity provider.",
    )
    .security(),
    int(
        "sasl.oauthbearer.clock.skew.seconds",
        "30",
        "Difference of clocks that is tolerated in tokens.",
    )
    .security(),
    list(
        "sasl.oauthbearer.expected.audience",
        Some(""),
        "Audiences of which a token must name one.",
    )
    .security(),
    string(
        "sasl.oauthbearer.expected.issuer",
        None,
        "Issuer a token must name.",
    )
    .security(),
    long(
        "sasl.oauthbearer.jwks.endpoint.refresh.ms",
        "3600000",
        "How often the issuer's keys are read again.",
    )
    .security(),
    long(
        "sasl.oauthbearer.jwks.endpoint.retry.backoff.max.ms",
        "10000",
        "Longest pause between two attempts to read the issuer's keys.",
    )
    .security(),
    long(
        "sasl.oauthbearer.jwks.endpoint.retry.backoff.ms",
        "100",
        "First pause between two attempts to read the issuer's keys.",
    )
    .security(),
    string(
        "sasl.oauthbearer.jwks.endpoint.url",
        None,
        "URL of the issuer's keys.",
    )
    .security(),
    class(
        "sasl.oauthbearer.jwt.retriever.class",
        Some("org.apache.kafka.common.security.oauthbearer.DefaultJwtRetriever"),
        "Java class that fetches tokens; not used here.",
    )
    .security(),
    class(
        "sasl.oauthbearer.jwt.validator.class",
        Some("org.apache.kafka.common.security.oauthbearer.DefaultJwtValidator"),
        "Java class that checks tokens; not used here.",
    )
    .security(),
    string(
        "sasl.oauthbearer.scope",
        None,
        "Scope that tokens are requested for.",
    )
    .security(),
    string(
        "sasl.oauthbearer.scope.claim.name",
        Some("scope"),
        "Claim that holds the scope.",
    )
    .security(),
    string(
        "sasl.oauthbearer.sub.claim.name",
        Some("sub"),
        "Claim that holds the subject.",
    )
    .security(),
    string(
        "sasl.oauthbearer.token.endpoint.url",
        None,
        "URL at which tokens are requested.",
    )
    .security(),
    class(
        "sasl.server.callback.handler.class",
        None,
        "Java class of the SASL server callback; not used here.",
    )
    .security(),
    int(
        "sasl.server.max.receive.size",
        "524288",
        "Largest SASL message before authentication.",
    )
    .security(),
    string(
        "security.inter.broker.protocol",
        Some("PLAINTEXT"),
        "Security protocol between brokers.",
    )
    .security()
    .allow(Allowed::OneOf(&[
        "PLAINTEXT",
        "SSL",
        "SASL_PLAINTEXT",
        "SASL_SSL",
    ])),
    string(
        "security.providers",
        None,
        "Java security providers; not used here.",
    )
    .security(),
    boolean(
        "ssl.allow.dn.changes",
        "false",
        "Whether a renewed certificate may name another subject.",
    )
    .security(),
    boolean(
        "ssl.allow.san.changes",
        "false",
        "Whether a renewed certificate may name other alternative names.",
    )
    .security(),
    list(
        "ssl.cipher.suites",
        Some(""),
        "Cipher suites that may be used; all if empty.",
    )
    .security()
    .per_broker(),
    string(
        "ssl.client.auth",
        Some("none"),
        "Whether clients must, may or need not show a certificate.",
    )
    .security()
    .allow(Allowed::OneOf(&["required", "requested", "none"]))
    .per_broker(),
    list(
        "ssl.enabled.protocols",
        Some("TLSv1.2,TLSv1.3"),
        "TLS versions that may be used.",
    )
    .security()
    .per_broker(),
    string(
        "ssl.endpoint.identification.algorithm",
        Some("https"),
        "How a server's name is checked against its certificate; not at all if empty.",
    )
    .security()
    .per_broker(),
    class(
        "ssl.engine.factory.class",
        None,
        "Java class that makes TLS engines; not used here.",
    )
    .security()
    .per_broker(),
    password("ssl.key.password", "Password of the private key.")
        .security()
        .per_broker(),
    string(
        "ssl.keymanager.algorithm",
        Some("SunX509"),
        "Java key manager algorithm; not used here.",
    )
    .security()
    .per_broker(),
    password(
        "ssl.keystore.certificate.chain",
        "Certificate chain in PEM.",
    )
    .security()
    .per_broker(),
    password("ssl.keystore.key", "Private key in PEM.")
        .security()
        .per_broker(),
    string("ssl.keystore.location", None, "File of the key store.")
        .security()
        .per_broker(),
    password("ssl.keystore.password", "Password of the key store.")
        .security()
        .per_broker(),
    string("ssl.keystore.type", Some("JKS"), "Format of the key store.")
        .security()
        .per_broker(),
    string(
        "ssl.principal.mapping.rules",
        Some("DEFAULT"),
        "Rules that turn certificate subjects into principals.",
    )
    .security(),
    string("ssl.protocol", Some("TLSv1.3"), "TLS version tried first.")
        .security()
        .per_broker(),
    string(
        "ssl.provider",
        None,
        "Java security provider for TLS; not used here.",
    )
    .security()
    .per_broker(),
    string(
        "ssl.secure.random.implementation",
        None,
        "Java random generator for TLS; not used here.",
    )
    .security()
    .per_broker(),
    string(
        "ssl.trustmanager.algorithm",
        Some("PKIX"),
        "Java trust manager algorithm; not used here.",
    )
    .security()
    .per_broker(),
    password(
        "ssl.truststore.certificates",
        "Trusted certificates in PEM.",
    )
    .security()
    .per_broker(),
    string("ssl.truststore.location", None, "File of the trust store.")
        .security()
        .per_broker(),
    password("ssl.truststore.password", "Password of the trust store.")
        .security()
        .per_broker(),
    string(
        "ssl.truststore.type",
        Some("JKS"),
        "Format of the trust store.",
    )
    .security()
    .per_broker(),
];
