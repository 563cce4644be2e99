"""Which right each page of the console wants: a guard that becomes another one is noticed here."""

from collections import defaultdict

from accounts.permissions import Permission
from tests.addresses import console_addresses

# The sweep takes a guard as it stands; this table says which one it has to be. A new page needs its line here.
GUARDS = {
    "signed_in": """
        /
        /columns
        /confirm
        /confirm/factor
        /confirm/sso
        /how-to-use
        /password
        /personal
        /personal/appearance
        /personal/devices/<str:session_id>/end
        /personal/edit
        /personal/factors/<str:public_id>/remove
        /personal/factors/<str:public_id>/rename
        /personal/second-factor
        /personal/second-factor/app
        /personal/second-factor/passkey
        /personal/second-factor/passkey/question
        /personal/second-factor/recovery-codes
        /personal/sessions/<str:public_id>/end
        /personal/sessions/end-others
        /personal/start-tokens
        /personal/stop-tokens
        /search
    """,
    "personal_role": """
        /tokens
        /tokens/<str:public_id>
        /tokens/<str:public_id>/actions
        /tokens/<str:public_id>/edit
        /tokens/<str:public_id>/logs
        /tokens/<str:public_id>/revoke
        /tokens/<str:public_id>/sessions
        /tokens/logs
        /tokens/logs/<int:entry_id>/receipt.json
    """,
    "own_creation": """
        /personal/tokens/new
        /tokens/<str:public_id>/generate
        /tokens/<str:public_id>/generate/cancel
        /tokens/<str:public_id>/generate/save
        /tokens/new
    """,
    "admin_role": """
        /administrator/tokens
        /administrator/tokens/logins/<str:login_id>/new
        /administrator/tokens/mobile-users
        /administrator/tokens/mobile-users/<str:session_id>
        /administrator/tokens/mobile-users/<str:session_id>/actions
        /administrator/tokens/mobile-users/disconnect
        /administrator/tokens/new
        /administrator/tokens/revoke
        /administrator/tokens/shorten
        /configuration/access-tokens
        /configuration/access-tokens/logins/<str:login_id>/new
        /configuration/access-tokens/new
        /configuration/access-tokens/revoke
        /logins/<str:login_id>/tokens
        /logins/<str:login_id>/tokens/<str:public_id>
        /logins/<str:login_id>/tokens/<str:public_id>/actions
        /logins/<str:login_id>/tokens/<str:public_id>/edit
        /logins/<str:login_id>/tokens/<str:public_id>/generate
        /logins/<str:login_id>/tokens/<str:public_id>/generate/cancel
        /logins/<str:login_id>/tokens/<str:public_id>/generate/save
        /logins/<str:login_id>/tokens/<str:public_id>/logs
        /logins/<str:login_id>/tokens/<str:public_id>/revoke
        /logins/<str:login_id>/tokens/<str:public_id>/sessions
        /logins/<str:login_id>/tokens/new
    """,
    Permission.CONTACT_VIEW: """
        /contacts
        /contacts/<str:public_id>/actions
        /contacts/<str:public_id>/logins
        /logins/<str:public_id>/actions
    """,
    Permission.CONTACT_MANAGE: """
        /contacts/<str:public_id>/add-login
        /contacts/<str:public_id>/delete
        /contacts/<str:public_id>/edit
        /contacts/export-for-editing
        /contacts/import
        /contacts/import/template.csv
        /contacts/import/template.xlsx
        /contacts/imports
        /contacts/imports/<str:public_id>
        /contacts/imports/<str:public_id>/apply
        /contacts/imports/<str:public_id>/discard
        /contacts/imports/<str:public_id>/progress
        /contacts/new
        /contacts/new-user
        /contacts/selected/delete
        /contacts/selected/disable
        /contacts/selected/enable
        /contacts/selected/reset-password
        /contacts/selected/send-activation
        /logins/<str:public_id>/activation
        /logins/<str:public_id>/assignments
        /logins/<str:public_id>/delete
        /logins/<str:public_id>/disable
        /logins/<str:public_id>/edit
        /logins/<str:public_id>/enable
        /logins/<str:public_id>/password/force-change
        /logins/<str:public_id>/password/reset
        /logins/<str:public_id>/reactivate
        /logins/<str:public_id>/sessions
        /logins/<str:public_id>/sessions/<str:session_id>/end
        /logins/<str:public_id>/sessions/end
        /logins/<str:public_id>/second-factor/reset
        /logins/<str:public_id>/sso/remove
        /logins/<str:public_id>/sso/set
    """,
    Permission.ROLE_GRANT: """
        /contacts/selected/add-personal-role
        /contacts/selected/remove-personal-role
        /contacts/selected/set-general-user
        /contacts/selected/set-view-only
        /logins/<str:public_id>/roles/admin/add
        /logins/<str:public_id>/roles/admin/remove
        /logins/<str:public_id>/roles/personal/add
        /logins/<str:public_id>/roles/personal/remove
        /logins/<str:public_id>/start-tokens
        /logins/<str:public_id>/stop-tokens
        /logins/<str:public_id>/type/general-user
        /logins/<str:public_id>/type/system-administrator
        /logins/<str:public_id>/type/view-only
    """,
    Permission.LOG_VIEW: """
        /administrator/activity
        /administrator/activity/<int:entry_id>
        /administrator/activity/<int:entry_id>/receipt.json
        /administrator/ledger
        /administrator/ledger/checkpoint.txt
        /administrator/ledger/verification
        /administrator/ledger/verify
        /administrator/ledger/verify_export.py
        /administrator/token-logs
        /login-activity
    """,
    Permission.ORGANISATION_MANAGE: """
        /configuration/organisation
        /configuration/organisation/general
        /configuration/organisation/log
        /configuration/organisation/networks
        /configuration/organisation/passwords
        /configuration/organisation/sign-in
        /configuration/organisation/sign-everybody-out
        /configuration/organisation/start-tokens
        /configuration/organisation/stop-tokens
        /configuration/organisation/tokens
    """,
    Permission.USER_TYPE_MANAGE: """
        /departments
        /departments/<str:public_id>/actions
        /departments/<str:public_id>/delete
        /departments/<str:public_id>/move
        /departments/<str:public_id>/rename
        /departments/create
        /user-types
        /user-types/<str:slug>
        /user-types/<str:slug>/actions
        /user-types/<str:slug>/delete
        /user-types/<str:slug>/edit
        /user-types/create
    """,
}


def test_each_page_wants_the_right_that_belongs_to_it() -> None:
    found = defaultdict(set)
    for address in console_addresses():
        found[address.guard].add(str(address))
    assert found == {str(guard): set(routes.split()) for guard, routes in GUARDS.items()}
