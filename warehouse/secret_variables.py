"""Environment variables that are secrets, and must not reach programs that have no use for them."""

# The commands' own.
OWN_SECRETS = (
    "WAREHOUSE_TOKEN_KEY",
    "WAREHOUSE_SMTP_URL",
    "WAREHOUSE_ALERT_WEBHOOK",
    "WAREHOUSE_ALERT_COMMAND",
    "PGPASSWORD",
    "DBT_ENV_SECRET_WAREHOUSE_PASSWORD",
    "DBT_ENV_SECRET_REDSHIFT_PASSWORD",
)
# Those of libraries that the commands use.
LIBRARY_SECRETS = ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN")
