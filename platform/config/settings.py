"""All settings. Every knob is an environment variable of the same name; durations carry their unit in the name."""

from urllib.parse import quote

from cryptography.fernet import Fernet
from django.core.management.utils import get_random_secret_key

from blocks.mcp.servers import parse_servers
from config.cross_origin import parse_origins
from config.databases import database
from config.embedded_redis import socket_url
from config.env import env, home
from config.keys import first_run_key
from config.logs.setup import default_format, logging_settings
from config.mail import mail_settings
from config.outward import readable
from config.schema import schema_settings
from config.sentry import report_errors
from notifications.channels.targets import parse_targets
from reliability.net.rules import PrivateHosts, parse_ports, parse_services

# --- The installation

HOME = home()  # SLUICE_HOME: the data folder
DEBUG = env.bool("DEBUG", default=False)
SECRET_KEY = env.str("SECRET_KEY", default="") or first_run_key(HOME / "keys" / "secret_key", get_random_secret_key)
#: Keys that encrypt users' credentials at rest, newest first. The first encrypts, all decrypt.
CREDENTIAL_KEYS = env.list("CREDENTIAL_KEYS", default=[]) or [
    first_run_key(HOME / "keys" / "credential_key", lambda: Fernet.generate_key().decode())
]
ALLOWED_HOSTS = env.list("ALLOWED_HOSTS", default=["localhost", "127.0.0.1", "[::1]"])
#: Credentials that one user may store.
CREDENTIALS_PER_USER_MAX = env.int("CREDENTIALS_PER_USER_MAX", default=100)
#: What this installation is registered as at providers where users sign in: google=id:secret,github=id:secret.
OAUTH_CLIENTS = env.dict("OAUTH_CLIENTS", default={})
#: Where providers send browsers back to; empty: the page of this site.
OAUTH_CALLBACK_URL = env.str("OAUTH_CALLBACK_URL", default="")
#: Where this installation is reached from outside, for providers that call it.
PUBLIC_URL = env.str("PUBLIC_URL", default="")
#: Origins of other sites that may post forms here and open sockets, e.g. https://sluice.example.org
CSRF_TRUSTED_ORIGINS = env.list("CSRF_TRUSTED_ORIGINS", default=[])
#: Origins of browser clients elsewhere that may call the API with a key. Cookies are never taken from there.
CORS_ALLOWED_ORIGINS = readable("CORS_ALLOWED_ORIGINS", env.list("CORS_ALLOWED_ORIGINS", default=[]), parse_origins)

INSTALLED_APPS = [
    "config",
    "config.diagnostics",
    "reliability.throttle",
    "api",
    "accounts",
    "graphs",
    "credits",
    "credits.audits",
    "credits.payments",
    "credits.pricing",
    "executor",  # before django_rq: its `rqworker` is ours
    "executor.deleting",
    "executor.dispatch",
    "executor.files",
    "executor.presets",
    "executor.reviews",
    "executor.schedules",
    "executor.sharing",
    "executor.webhooks",
    "realtime",
    "notifications",
    "notifications.operators",
    "console",  # before allauth: its templates are ours
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "channels",
    "rest_framework",
    "drf_spectacular",
    "drf_spectacular_sidecar",  # the page that shows the schema, as static files
    "django_rq",
    "django_prometheus",
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
]

MIDDLEWARE = [
    "api.request_ids.RequestIds",
    "config.health.pages.HealthPages",
    "config.cross_origin.CrossOrigin",
    "api.request_shape.RequestShape",
    "django_prometheus.middleware.PrometheusBeforeMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "accounts.signing_in.staff.StaffSecondFactor",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_prometheus.middleware.PrometheusAfterMiddleware",
]

ROOT_URLCONF = "config.urls"
WSGI_APPLICATION = "config.wsgi.application"
ASGI_APPLICATION = "config.asgi.application"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ],
        },
    }
]

# --- Database, Redis

DATABASES = {
    "default": database(
        env.str("DATABASE_URL", default=f"sqlite:///{quote(str(HOME / 'sluice.sqlite3'))}"),
        synchronous=env.str("SQLITE_SYNCHRONOUS", default="NORMAL"),
        #: Whether /metrics tells how long statements take. It costs each of them some time of the processor.
        is_measured=env.bool("DATABASE_METRICS", default=False),
    )
}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

#: Empty: the embedded Redis in the data folder, which `manage.py up` starts.
REDIS_URL = env.str("REDIS_URL", default="")
EMBEDDED_REDIS_FOLDER = HOME / "redis"
EMBEDDED_REDIS = not REDIS_URL
if EMBEDDED_REDIS:
    REDIS_URL = socket_url(EMBEDDED_REDIS_FOLDER)

CHANNEL_LAYERS = {
    "default": {
        "BACKEND": "channels_redis.pubsub.RedisPubSubChannelLayer",
        "CONFIG": {"hosts": [REDIS_URL], "prefix": "sluice"},
    }
}

EXECUTION_QUEUE = "executions"
RQ_QUEUES = {
    EXECUTION_QUEUE: {
        "URL": REDIS_URL,
        "SERIALIZER": "rq.serializers.JSONSerializer",
        "DEFAULT_TIMEOUT": -1,  # the engine has its own limits
        "DEFAULT_RESULT_TTL": 0,
    }
}
RQ = {"WORKER_CLASS": "executor.worker.PooledWorker", "JOB_CLASS": "executor.worker.refusing.CheckedJob"}

# --- Accounts, web

AUTH_USER_MODEL = "accounts.User"
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"django.contrib.auth.password_validation.{name}"}
    for name in ("UserAttributeSimilarityValidator", "MinimumLengthValidator", "CommonPasswordValidator")
]
LOGIN_URL = "console:sign-in"
LOGIN_REDIRECT_URL = "console:home"
LOGOUT_REDIRECT_URL = "console:sign-in"
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
#: API keys that one user may have, without the revoked ones.
API_KEYS_PER_USER_MAX = env.int("API_KEYS_PER_USER_MAX", default=100)

# --- Signing in: see docs/sign_in.md

#: Whether anybody may make an account.
SIGN_UP_OPEN = env.bool("SIGN_UP_OPEN", default=False)
#: Whether staff must have a second factor.
STAFF_SECOND_FACTOR_REQUIRED = env.bool("STAFF_SECOND_FACTOR_REQUIRED", default=False)
#: How long the link in a mail that resets a password is good.
PASSWORD_RESET_TIMEOUT = env.int("PASSWORD_RESET_SECONDS", default=3600)
ACCOUNT_ADAPTER = "accounts.signing_in.adapter.AccountAdapter"
ACCOUNT_FORMS = {
    "login": "accounts.signing_in.forms.SignInForm",
    "signup": "accounts.signing_in.forms.SignUpForm",
    "reset_password": "accounts.signing_in.forms.ResetPasswordForm",
    "change_password": "accounts.signing_in.forms.ChangePasswordForm",
}
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*", "password2*"]
ACCOUNT_EMAIL_VERIFICATION = "mandatory"
ACCOUNT_EMAIL_SUBJECT_PREFIX = ""
ACCOUNT_EMAIL_NOTIFICATIONS = True
ACCOUNT_SESSION_REMEMBER = True
ACCOUNT_PASSWORD_RESET_TOKEN_GENERATOR = "django.contrib.auth.tokens.PasswordResetTokenGenerator"  # noqa: S105
ACCOUNT_REAUTHENTICATION_METHODS = ("password", "mfa")
ACCOUNT_RATE_LIMITS = MFA_RATE_LIMITS = False  # theirs are counted in the cache; ours in the database
MFA_ADAPTER = "accounts.signing_in.adapter.SecondFactorAdapter"
MFA_FORMS = {
    "authenticate": "accounts.signing_in.forms.CodeForm",
    "reauthenticate": "accounts.signing_in.forms.CodeAgainForm",
}
MFA_TOTP_ISSUER = "Sluice"
MFA_TOTP_TOLERANCE = 1  # RFC 6238, 5.2: one step, for clocks that differ

# --- Mail

#: Where mails are handed in: smtp+tls://user:password@host:587. Empty: each becomes a file in the data folder.
mail = mail_settings(env.str("EMAIL_URL", default=""), folder=HOME / "mail")
EMAIL_BACKEND = mail["EMAIL_BACKEND"]
EMAIL_FILE_PATH = mail.get("EMAIL_FILE_PATH")
EMAIL_HOST = mail.get("EMAIL_HOST")
EMAIL_PORT = mail.get("EMAIL_PORT")
EMAIL_HOST_USER = mail.get("EMAIL_HOST_USER")
EMAIL_HOST_PASSWORD = mail.get("EMAIL_HOST_PASSWORD")
EMAIL_USE_TLS = mail.get("EMAIL_USE_TLS", False)
EMAIL_USE_SSL = mail.get("EMAIL_USE_SSL", False)
EMAIL_TIMEOUT = env.float("EMAIL_TIMEOUT_SECONDS", default=10)
#: Whom mails come from.
DEFAULT_FROM_EMAIL = env.str("EMAIL_FROM", default="Sluice <sluice@localhost>")

LANGUAGE_CODE = "en"
TIME_ZONE = "UTC"
USE_TZ = True
USE_I18N = True

STATIC_URL = "static/"
STATIC_ROOT = env.str("STATIC_ROOT", default="") or None
STORAGES = {
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
    #: For outputs of node executions that are too large for rows.
    "values": {
        "BACKEND": env.str("VALUES_STORAGE", default="django.core.files.storage.FileSystemStorage"),
        "OPTIONS": env.json("VALUES_STORAGE_OPTIONS", default={"location": str(HOME / "values")}),
    },
}
WHITENOISE_USE_FINDERS = True  # no collectstatic is needed to run

REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": [
        "accounts.authentication.ApiKeyAuthentication",
        "rest_framework.authentication.SessionAuthentication",
    ],
    "DEFAULT_PERMISSION_CLASSES": ["rest_framework.permissions.IsAuthenticated"],
    "DEFAULT_CONTENT_NEGOTIATION_CLASS": "api.negotiation.JsonNegotiation",
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_PARSER_CLASSES": ["api.parsers.BoundedJSONParser"],
    "EXCEPTION_HANDLER": "api.problems.handle",
    "DEFAULT_SCHEMA_CLASS": "api.schema.ApiSchema",
    "URL_FORMAT_OVERRIDE": None,  # JSON is all there is
}
SPECTACULAR_SETTINGS = schema_settings()
DATA_UPLOAD_MAX_MEMORY_SIZE = env.int("REQUEST_MAX_BYTES", default=2 * 1024 * 1024)
#: Requests to the API: of one user, of one address that does not say who it is, and wrong keys from one address.
#: 0: no limit.
API_REQUESTS_PER_MINUTE = env.int("API_REQUESTS_PER_MINUTE", default=600)
API_ANONYMOUS_PER_MINUTE = env.int("API_ANONYMOUS_PER_MINUTE", default=60)
API_FAILED_SIGN_INS_PER_MINUTE = env.int("API_FAILED_SIGN_INS_PER_MINUTE", default=30)
#: Proxies between callers and Sluice that each add the address they see to X-Forwarded-For. 0: it is ignored.
TRUSTED_PROXIES = env.int("TRUSTED_PROXIES", default=0)
#: How long a client may take for a part of an answer, some 100 kilobytes, before its connection is ended.
ANSWER_STALL_SECONDS = env.float("ANSWER_STALL_SECONDS", default=30)
#: How long the answers to requests with an Idempotency-Key are kept.
IDEMPOTENCY_KEY_DAYS = env.int("IDEMPOTENCY_KEY_DAYS", default=7)

# --- Blocks and models

#: Further modules with blocks, by import name.
BLOCK_MODULES = env.list("BLOCK_MODULES", default=[])
#: A folder of files with blocks: every .py in it is loaded. Empty: none.
BLOCKS_FOLDER = env.str("BLOCKS_FOLDER", default="")
#: Blocks that never run here, by name or id.
DISABLED_BLOCKS = env.list("DISABLED_BLOCKS", default=[])
#: Whether blocks may run programs that users wrote, each in a sandboxed process.
CODE_BLOCKS_ENABLED = env.bool("CODE_BLOCKS_ENABLED", default=False)
#: Hosts that such programs may read from, in Python; without any they have no network.
CODE_HOSTS = env.list("CODE_HOSTS", default=[])
#: MCP servers that blocks may start on the worker's machine, by name: files=/usr/bin/mcp-files --root /srv
MCP_SERVERS = readable("MCP_SERVERS", env.list("MCP_SERVERS", default=[]), parse_servers)
#: Who answers calls of models that no other provider offers: fake (no key, no network), openai, anthropic, google,
#: openrouter, groq, ollama, vllm, custom.
MODEL_PROVIDER = env.str("MODEL_PROVIDER", default="fake")
MODEL_BASE_URL = env.str("MODEL_BASE_URL", default="")
MODEL_API_KEY = env.str("MODEL_API_KEY", default="")
#: Keys and addresses of further providers, by their names; a model is asked at the one that offers it.
MODEL_API_KEYS = env.dict("MODEL_API_KEYS", default={})
MODEL_BASE_URLS = env.dict("MODEL_BASE_URLS", default={})
#: Whether models are asked for their answers piece by piece, so that these are seen while they are written.
LIVE_TEXTS_ENABLED = env.bool("LIVE_TEXTS_ENABLED", default=True)

# --- Outward: see docs/outward.md

#: What blocks may reach although it is not on the public internet: host names, `*.names`, addresses, networks.
PRIVATE_HOSTS = readable("PRIVATE_HOSTS", env.list("PRIVATE_HOSTS", default=[]), PrivateHosts.of)
#: Ports that they may ask over HTTP, and those of mail servers.
OUTWARD_PORTS = readable("OUTWARD_PORTS", env.list("OUTWARD_PORTS", default=["80", "443", "8080", "8443"]), parse_ports)
OUTWARD_MAIL_PORTS = readable(
    "OUTWARD_MAIL_PORTS", env.list("OUTWARD_MAIL_PORTS", default=["465", "587", "143", "993"]), parse_ports
)
#: The largest answer, unpacked.
OUTWARD_MAX_BYTES = env.int("OUTWARD_MAX_BYTES", default=10 * 1024 * 1024)
#: The longest that one request may take, whatever its block says.
OUTWARD_TIMEOUT_SECONDS = env.float("OUTWARD_TIMEOUT_SECONDS", default=300)
#: Where services are asked in place of their own hosts: api.example.org=https://other.example.org/path.
SERVICE_ADDRESSES = readable("SERVICE_ADDRESSES", env.list("SERVICE_ADDRESSES", default=[]), parse_services)

# --- Graphs

GRAPH_MAX_BYTES = env.int("GRAPH_MAX_BYTES", default=1024 * 1024)
GRAPH_MAX_NODES = env.int("GRAPH_MAX_NODES", default=500)
GRAPH_MAX_LINKS = env.int("GRAPH_MAX_LINKS", default=2000)
#: Graphs that one user may have, without those that are there only because others run them, and versions of one graph.
#: 0: no limit.
GRAPHS_PER_USER_MAX = env.int("GRAPHS_PER_USER_MAX", default=1000)
VERSIONS_PER_GRAPH_MAX = env.int("VERSIONS_PER_GRAPH_MAX", default=1000)

# --- Credits

#: What a user's node executions cost beside the blocks' own prices: so many credits for so many of them. 0: nothing.
EXECUTION_FEE_CREDITS = env.int("EXECUTION_FEE_CREDITS", default=1)
EXECUTION_FEE_EVERY = env.int("EXECUTION_FEE_EVERY", default=100)
#: At the first use in a month the balance is raised to this. 0: no refill.
MONTHLY_REFILL_CREDITS = env.int("MONTHLY_REFILL_CREDITS", default=0)

# --- Prices

#: What is put on top of the price of every model, published or set by an operator.
MODEL_PRICE_MARGIN_PERCENT = env.int("MODEL_PRICE_MARGIN_PERCENT", default=0)
#: What a model costs that no price list names: refuse, or micro-dollars for a million tokens as input:output.
MODEL_UNKNOWN_PRICE = env.str("MODEL_UNKNOWN_PRICE", default="refuse")
#: Tokens of an answer that credits are set aside for, where the block does not limit them.
MODEL_HOLD_OUTPUT_TOKENS = env.int("MODEL_HOLD_OUTPUT_TOKENS", default=4096)
#: The longest run that credits are set aside for, of blocks that are paid by the second.
PRICE_HOLD_MAX_SECONDS = env.int("PRICE_HOLD_MAX_SECONDS", default=300)
#: Set aside for a cost that nothing is known of before the run: bytes, items, dollars of a provider.
PRICE_HOLD_CREDITS = env.int("PRICE_HOLD_CREDITS", default=10)

# --- Payments

#: Who takes the money: stripe, sandbox, or empty for Stripe when it has a key and the sandbox otherwise.
PAYMENT_PROVIDER = env.str("PAYMENT_PROVIDER", default="")
STRIPE_SECRET_KEY = env.str("STRIPE_SECRET_KEY", default="")
STRIPE_WEBHOOK_SECRET = env.str("STRIPE_WEBHOOK_SECRET", default="")
#: Another server than Stripe's own, for tests.
STRIPE_BASE_URL = env.str("STRIPE_BASE_URL", default="")
SITE_IS_LOCAL = set(ALLOWED_HOSTS) <= {"localhost", "127.0.0.1", "[::1]"}
#: Whether credits can be had for play money.
SANDBOX_PAYMENTS = env.bool("SANDBOX_PAYMENTS", default=SITE_IS_LOCAL)
#: How long a payment page stays open. Stripe allows 30 minutes to a day.
CHECKOUT_MINUTES = env.int("CHECKOUT_MINUTES", default=60)
#: Credits bought within 24 hours by automatic top-ups of one user, at most.
AUTO_TOP_UP_DAILY_MAX_CREDITS = env.int("AUTO_TOP_UP_DAILY_MAX_CREDITS", default=10_000)
#: So many credits of a refund may be spent already before an operator must approve it.
REFUND_TOLERANCE_CREDITS = env.int("REFUND_TOLERANCE_CREDITS", default=500)

# --- Executions

#: A worker's claim on an execution lasts this long unless it is renewed; then another worker may take it over.
LEASE_SECONDS = env.int("LEASE_SECONDS", default=30)
LEASE_RENEW_SECONDS = env.int("LEASE_RENEW_SECONDS", default=10)
#: So often a worker or a clock that starts tries again to reach the database and Redis; then it ends.
START_CONNECT_RETRIES = env.int("START_CONNECT_RETRIES", default=10)
#: How often the clock looks for executions that were lost, abandoned or cancelled.
SWEEP_SECONDS = env.float("SWEEP_SECONDS", default=2)
#: A QUEUED execution that nobody has claimed this long after it was rung is rung again, if its job is gone.
RING_AGAIN_SECONDS = env.int("RING_AGAIN_SECONDS", default=10)
#: Executions of one user that may wait, that all users may have waiting, and that one user may start in a minute.
#: Beyond, a start is refused. 0 in any of these and of the next three: no limit.
QUEUED_PER_USER_MAX = env.int("QUEUED_PER_USER_MAX", default=100)
QUEUED_MAX = env.int("QUEUED_MAX", default=10_000)
STARTS_PER_MINUTE_MAX = env.int("STARTS_PER_MINUTE_MAX", default=30)
#: Executions that may run at once: of one user, of one user and graph, of all. Beyond, they wait in QUEUED.
RUNNING_PER_USER_MAX = env.int("RUNNING_PER_USER_MAX", default=50)
RUNNING_PER_GRAPH_MAX = env.int("RUNNING_PER_GRAPH_MAX", default=25)
RUNNING_MAX = env.int("RUNNING_MAX", default=0)
#: Executions that the queue holds at most before a worker takes them; 0: twice what the listening workers can run.
DISPATCH_WINDOW = env.int("DISPATCH_WINDOW", default=0)
#: Claims without any newly finished node before an execution is given up as `poison`.
MAX_CLAIMS = env.int("MAX_CLAIMS", default=3)
#: All inputs of one execution together, as JSON.
INPUT_MAX_BYTES = env.int("INPUT_MAX_BYTES", default=1024 * 1024)
NODES_IN_FLIGHT = env.int("NODES_IN_FLIGHT", default=10)
SUBGRAPH_MAX_DEPTH = env.int("SUBGRAPH_MAX_DEPTH", default=5)
#: Sub-graphs that the nodes of one graph execution may start.
SUBGRAPH_MAX_CHILDREN = env.int("SUBGRAPH_MAX_CHILDREN", default=100)
NODE_EXECUTIONS_MAX = env.int("NODE_EXECUTIONS_MAX", default=10_000)
#: Executions of one node in one graph execution: how often a loop may turn.
NODE_LOOPS_MAX = env.int("NODE_LOOPS_MAX", default=1000)
#: Outputs of one node execution.
NODE_OUTPUTS_MAX = env.int("NODE_OUTPUTS_MAX", default=1000)
#: One output, as JSON. A larger one than the second goes to a file, and rows and events have a reference to it.
NODE_OUTPUT_MAX_BYTES = env.int("NODE_OUTPUT_MAX_BYTES", default=25 * 1024 * 1024)
NODE_OUTPUT_INLINE_BYTES = env.int("NODE_OUTPUT_INLINE_BYTES", default=256 * 1024)
#: All inputs of one node execution together, as JSON; of large values only the references count.
NODE_INPUT_MAX_BYTES = env.int("NODE_INPUT_MAX_BYTES", default=1024 * 1024)
#: All outputs of one execution together, as JSON.
EXECUTION_STATE_MAX_BYTES = env.int("EXECUTION_STATE_MAX_BYTES", default=32 * 1024 * 1024)
#: Files that the blocks of one execution keep, and all of them together.
WORKSPACE_MAX_FILES = env.int("WORKSPACE_MAX_FILES", default=100)
WORKSPACE_MAX_BYTES = env.int("WORKSPACE_MAX_BYTES", default=100 * 1024 * 1024)
#: A file that is uploaded, and how many of them, of how many bytes together, one user may keep at once.
UPLOAD_MAX_BYTES = env.int("UPLOAD_MAX_BYTES", default=64 * 1024 * 1024)
UPLOADS_PER_USER_MAX = env.int("UPLOADS_PER_USER_MAX", default=200)
UPLOADS_PER_USER_MAX_BYTES = env.int("UPLOADS_PER_USER_MAX_BYTES", default=1024 * 1024 * 1024)
EXECUTION_MAX_SECONDS = env.int("EXECUTION_MAX_SECONDS", default=3600)
#: Credits that no execution may pass, whatever its own ceiling; 0: none.
EXECUTION_MAX_COST = env.int("EXECUTION_MAX_COST", default=500)
#: Threads of one worker process for blocks that block.
BLOCKING_THREADS = env.int("BLOCKING_THREADS", default=8)
#: The import path of a coroutine function that judges inputs and outputs; empty: nothing is moderated.
MODERATION_HOOK = env.str("MODERATION_HOOK", default="")
#: What becomes of an execution when the moderation does not answer: closed (it ends FAILED) or open (it goes on).
MODERATION_FAILS = env.str("MODERATION_FAILS", default="closed")
MODERATION_TIMEOUT_SECONDS = env.float("MODERATION_TIMEOUT_SECONDS", default=30)
#: Whether a model is asked what each execution has done and how well, after its end; which one, of MODEL_PROVIDER's.
ACTIVITY_SUMMARY = env.bool("ACTIVITY_SUMMARY", default=False)
ACTIVITY_SUMMARY_MODEL = env.str("ACTIVITY_SUMMARY_MODEL", default="")
#: How long a request that runs one block waits for its outputs; then it answers with the execution.
BLOCK_WAIT_SECONDS = env.int("BLOCK_WAIT_SECONDS", default=60)
#: How long the journal waits for more changes when nobody waits for it.
JOURNAL_LINGER_MILLISECONDS = env.int("JOURNAL_LINGER_MILLISECONDS", default=6)

# --- Workers

#: Executions that one worker process runs at once.
WORKER_CONCURRENCY = env.int("WORKER_CONCURRENCY", default=64)
#: How long a worker that is asked to end lets its executions go on; then it hands them to others.
WORKER_DRAIN_SECONDS = env.float("WORKER_DRAIN_SECONDS", default=25)
#: A block that keeps a worker from all other work for so long is failed.
WORKER_STALL_SECONDS = env.float("WORKER_STALL_SECONDS", default=5)
#: Memory of a process that runs one suspect execution by itself. 0: no limit.
WORKER_MEMORY_MAX_BYTES = env.int("WORKER_MEMORY_MAX_BYTES", default=512 * 1024 * 1024)
#: Where workers answer Prometheus, on the loopback: the first at this port, each further one at the next that is free.
#: The same for clocks. 0: nowhere.
WORKER_METRICS_PORT = env.int("WORKER_METRICS_PORT", default=0)
CLOCK_METRICS_PORT = env.int("CLOCK_METRICS_PORT", default=0)
#: Functions that jobs may call beside Sluice's own, by import path. Every other job is refused.
RQ_ALLOWED_JOBS = env.list("RQ_ALLOWED_JOBS", default=[])
#: The largest body of a job.
JOB_MAX_BYTES = env.int("JOB_MAX_BYTES", default=64 * 1024)

# --- Presets, schedules, webhooks

PRESETS_PER_USER_MAX = env.int("PRESETS_PER_USER_MAX", default=500)
SCHEDULES_PER_USER_MAX = env.int("SCHEDULES_PER_USER_MAX", default=100)
WEBHOOKS_PER_USER_MAX = env.int("WEBHOOKS_PER_USER_MAX", default=100)
#: How long a ping waits for its provider's call.
WEBHOOK_PING_SECONDS = env.float("WEBHOOK_PING_SECONDS", default=10)

# --- Webhook endpoints: addresses of users that are told of their executions

ENDPOINTS_PER_USER_MAX = env.int("ENDPOINTS_PER_USER_MAX", default=20)
#: How long an endpoint may take to answer.
ENDPOINT_TIMEOUT_SECONDS = env.float("ENDPOINT_TIMEOUT_SECONDS", default=10)
#: An endpoint that has taken nothing for so long, while it was tried, is switched off.
ENDPOINT_FAILING_DAYS = env.int("ENDPOINT_FAILING_DAYS", default=5)
#: How long it is remembered what was delivered.
DELIVERY_LOG_DAYS = env.int("DELIVERY_LOG_DAYS", default=30)

# --- Notifications

#: Who is told by e-mail of refunds that are asked for and that have ended. Empty: nobody.
REFUND_EMAIL = env.str("REFUND_EMAIL", default="")
#: What a mail service must send in `X-Postmark-Webhook-Token` when it tells of bounces. Empty: it is not listened to.
EMAIL_WEBHOOK_TOKEN = env.str("EMAIL_WEBHOOK_TOKEN", default="")

# --- Operator alerts: see docs/operations.md

#: What the webhooks among the next two are signed with: whsec_…
ALERT_WEBHOOK_SECRET = env.str("ALERT_WEBHOOK_SECRET", default="")
#: Who is told what concerns the installation, and what concerns its users: discord=https://…, slack=https://…,
#: webhook=https://…, email=ops@example.org
ALERT_PLATFORM_TARGETS = parse_targets(
    "ALERT_PLATFORM_TARGETS", env.list("ALERT_PLATFORM_TARGETS", default=[]), secret=ALERT_WEBHOOK_SECRET
)
ALERT_PRODUCT_TARGETS = parse_targets(
    "ALERT_PRODUCT_TARGETS", env.list("ALERT_PRODUCT_TARGETS", default=[]), secret=ALERT_WEBHOOK_SECRET
)
#: How long one of them may take to answer.
ALERT_TIMEOUT_SECONDS = env.float("ALERT_TIMEOUT_SECONDS", default=10)
#: When a monitor calls an execution late: that long in QUEUED.
LATE_QUEUED_SECONDS = env.int("LATE_QUEUED_SECONDS", default=300)

# --- Reviews

#: A review that nobody has decided after this is decided by its default. 0: it waits for ever.
REVIEW_EXPIRES_SECONDS = env.int("REVIEW_EXPIRES_SECONDS", default=0)
#: Whether it counts as approved then, not as rejected. Sensitive blocks are rejected, whatever this says.
REVIEW_EXPIRED_APPROVES = env.bool("REVIEW_EXPIRED_APPROVES", default=False)

# --- Live events

STREAM_MAX_EVENTS = env.int("STREAM_MAX_EVENTS", default=5000)
STREAM_TTL_SECONDS = env.int("STREAM_TTL_SECONDS", default=3600)
#: Sockets that one user may have open at once, in all processes together. 0: no limit.
SOCKETS_PER_USER_MAX = env.int("SOCKETS_PER_USER_MAX", default=10)
#: Whether an API key may open a socket from its address, as `?token=…`, where it ends up in logs.
SOCKET_TOKEN_IN_URL = env.bool("SOCKET_TOKEN_IN_URL", default=True)

# --- Logs, errors, health

#: What a program shows, as `Authorization: Bearer …`, to read /metrics and why /readyz is not ready. Empty: none may.
OPERATOR_TOKEN = env.str("OPERATOR_TOKEN", default="")
#: A worker or clock that was not heard of for so long counts as gone.
HEARTBEAT_MAX_SECONDS = env.float("HEARTBEAT_MAX_SECONDS", default=60)
#: How log lines are written: json or text.
LOG_FORMAT = env.str("LOG_FORMAT", default="") or default_format(debug=DEBUG)
LOGGING = logging_settings(LOG_FORMAT, level=env.str("LOG_LEVEL", default="INFO"))
SENTRY_DSN = env.str("SENTRY_DSN", default="")
report_errors(SENTRY_DSN)
