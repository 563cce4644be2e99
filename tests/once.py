"""Which tests run on one database alone, by default, because they say the same on the other: each has a home.

The long run (`make check-all`) runs them on both, but for what asks no database, goes on in a browser or takes minutes
over texts alone (`AT_HOME`). Never listed here: what differed before, or whose subject is the database: admission,
hostile values, locks, races, seals, grids as they work, reports.
"""

import pytest

# The subject is a protocol, a page or a text; what is asked of the database is asked elsewhere on both.
ON_SQLITE = {
    "test_activity", "test_administrator_tokens", "test_answers_with_a_jwt", "test_api_docs", "test_api_manners",
    "test_basic_password", "test_commands", "test_compression", "test_conditional", "test_contacts", "test_cors",
    "test_daily_mail", "test_demo", "test_demo_refused", "test_demo_reports", "test_departments", "test_dialects",
    "test_durations", "test_epilot", "test_home", "test_how_to_use", "test_html", "test_import_pages",
    "test_introspection", "test_jwt", "test_languages", "test_leaked", "test_meta", "test_mobile", "test_openapi",
    "test_openapi_truth", "test_organisation_page", "test_people", "test_people_passwords", "test_people_rights",
    "test_identity_provider_command", "test_in_clear", "test_last_sign_in", "test_lookalikes", "test_networks_pages",
    "test_paces", "test_passkeys", "test_passkeys_browser", "test_password_ages", "test_refusals_logged",
    "test_second_factor", "test_sign_out", "test_single_sign_on", "test_single_sign_on_attacks",
    "test_single_sign_on_browser", "test_token_stop_of_login",
    "test_personal", "test_program_sign_in", "test_redact_screens", "test_reminders", "test_revocation_endpoint",
    "test_roles_pages", "test_schema_fuzz", "test_schemes", "test_secrecy", "test_service_logins", "test_sign_in",
    "test_sign_in_passwords", "test_surroundings", "test_sweep_addresses", "test_sweep_escaping", "test_sweep_forms",
    "test_sweep_growth", "test_permissions_document", "test_threats_transport",
    "test_token_endpoint", "test_token_page", "test_token_page_use", "test_tokens_pages", "test_user_types_pages",
    "test_verdict_order", "test_whoami",
}  # fmt: skip

# What brings its own PostgreSQL, and enough else for the two runs, which go on side by side, to take about as long.
ON_POSTGRESQL = {
    "test_bench_growth", "test_fail_closed_postgresql", "test_faults_controls", "test_faults_outside",
    "test_grids_browser", "test_home_browser", "test_look", "test_mobile_served",
    "test_one_string", "test_postgresql_connection", "test_serve", "test_served_effects", "test_served_saves",
    "test_confirming", "test_confirming_browser", "test_confirming_sweep", "test_deploy", "test_hostile_names",
    "test_leak_search", "test_login_sessions", "test_networks_browser", "test_password_hash", "test_password_rules",
    "test_ledger_page_browser", "test_signing_keys_served",
    "test_sweep_calls", "test_threats_grids", "test_threats_operation", "test_token_stop_browser",
    "test_threats_claims", "test_threats_jws", "test_threats_keys",
    "test_token_page_browser", "test_tokens_browser",
    "test_web_server",
}  # fmt: skip

# Also in the long run: requests by the thousand about the texts of JWTs, the shapes of answers, protocols, and who may
# open what, whichever database admits them.
AT_HOME = {
    "test_api_docs", "test_api_manners", "test_conditional", "test_cors", "test_deploy", "test_dialects",
    "test_hostile_names", "test_html", "test_in_clear", "test_introspection", "test_languages",
    "test_leak_search", "test_one_string", "test_openapi", "test_openapi_truth", "test_passkeys", "test_password_rules",
    "test_schema_fuzz", "test_secrecy", "test_single_sign_on", "test_single_sign_on_attacks",
    "test_surroundings", "test_sweep_addresses", "test_threats_grids", "test_threats_jws",
    "test_threats_transport",
}  # fmt: skip

ON_BOTH = {"test_story", "test_guards", "test_faults"}
ASKS = {"db", "transactional_db", "django_db_setup", "live_server"}


def runs_here(item: pytest.Item, vendor: str) -> bool:
    """Whether a test belongs to the default run on this database."""
    name = item.path.stem
    if is_alone(item):
        return vendor == ("postgresql" if asks_the_database(item) else "sqlite")
    if name in ON_BOTH:
        return True
    if name in ON_POSTGRESQL:
        return vendor == "postgresql"
    return vendor == "sqlite" or not (name in ON_SQLITE or asks_nothing_of_it(item))


def asks_nothing_of_it(item: pytest.Item) -> bool:
    """Whether no database is asked, or only by the pages that a browser opens, or only the same as on the other."""
    if item.path.stem in AT_HOME or is_alone(item):
        return True
    return "chromium" in fixtures_of(item) or not asks_the_database(item)


def is_alone(item: pytest.Item) -> bool:
    """Whether it measures times, or what is lost under load: one database is enough, that of large organisations."""
    return item.get_closest_marker("alone") is not None


def asks_the_database(item: pytest.Item) -> bool:
    return bool(ASKS & fixtures_of(item) or item.get_closest_marker("django_db"))


def fixtures_of(item: pytest.Item) -> set[str]:
    return set(getattr(item, "fixturenames", ()))
