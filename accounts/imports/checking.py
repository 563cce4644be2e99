"""Finds out what applying a row would do, by the rules that the forms and the actions keep as well."""

from dataclasses import asdict

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts.consequences import Standing, effect
from accounts.drafts import ContactDraft
from accounts.imports.columns import HEADS
from accounts.imports.logins import LoginCheck
from accounts.imports.plans import ContactEdit, Deletion, LoginEdit, NewContact, NewLogin, Outcome
from accounts.imports.present import Likeness, Present, likeness_of
from accounts.imports.subjects import RowRefused, Subject, refuse
from accounts.imports.words import action_of, assignments_text
from accounts.lookalikes import Looks
from accounts.models import Contact, Login, RowResult
from accounts.permissions import VIEW_ONLY
from accounts.rules.logins import against_deleting
from accounts.rules.managing import against_creating_contact, against_managing, against_managing_contact
from accounts.rules.people import contact_refusals, user_name_taken

MOST_DELETIONS = 500
CONTACT_FIELDS = ("first_name", "last_name", "email", "phone", "notes")


class Check:
    """Checks the subjects of one file in their order; remembers what earlier ones will have done."""

    def __init__(self, present: Present) -> None:
        self.present = present
        self.manager = present.manager
        self.logins = LoginCheck(present)
        self.looks = Looks(present.user_names)
        self.new_contacts: dict[Likeness, NewContact] = {}
        self.drafts: dict[int, tuple[int, ContactDraft]] = {}
        self.deleted: dict[int, int] = {}
        self.deletions = 0

    def outcome(self, subject: Subject) -> Outcome:
        found = Outcome(
            RowResult.UNCHANGED,
            subject.first.line,
            tuple(row.line for row in subject.further),
            subject.first.name,
            subject.first.user_name,
        )
        try:
            self._fill(found, subject)
        except RowRefused as refusal:
            found.result, found.steps, found.told = RowResult.REFUSED, [], ""
            found.changes = [(HEADS.get(key, ""), held[:200], why) for key, held, why in refusal.reasons]
        return found

    def _fill(self, found: Outcome, subject: Subject) -> None:
        if any(row.has_surplus for row in subject.rows):
            words = _("More cells than heads: a text that holds the separator needs quotation marks around it.")
            raise RowRefused(("", "", words))
        if subject["department"] and not subject.first.wants_login:
            raise RowRefused(("user_type", "", _("Say which user type it is to be in this department.")))
        subject.check_agreement()
        action = action_of(subject)
        contact, login = self._there(subject, action)
        found.name = found.name or (contact.name if contact else "")
        if action == "delete":
            self._delete(found, subject, login or contact)
            return
        new = self._keep_contact(found, subject, contact)
        if login:
            self._keep_login(found, subject, login)
        elif subject.first.wants_login:
            self._add_login(found, subject, new)

    # --- Whom the row is about ---------------------------------------------------------------------------------------

    def _there(self, subject: Subject, action: str) -> tuple[Contact | None, Login | None]:
        """The contact and the login that are there already."""
        name = subject.first.user_name
        login = self.present.logins.get(name.lower()) if name else None
        if name and login is None and name.lower() in self.present.taken:
            raise RowRefused(("user_name", name, user_name_taken(name).message))
        contact = login.contact if login else self._contact(subject)
        if login and subject["contact_id"] not in {"", login.contact.public_id}:
            words = _("The login %(user_name)s belongs to another contact.") % {"user_name": name}
            raise RowRefused(("contact_id", subject["contact_id"], words))
        there = login if subject.first.wants_login else contact
        if action == "create" and there:
            raise RowRefused(("action", subject["action"], _("There is one already: write Update, or leave it blank.")))
        if action in {"update", "delete"} and not there:
            raise RowRefused(("action", subject["action"], _nobody_there(subject)))
        return contact, login

    def _contact(self, subject: Subject) -> Contact | None:
        if wanted := subject["contact_id"]:
            if found := self.present.contacts.get(wanted):
                return found
            words = _("There is no contact with this id. Leave it blank for somebody new.")
            raise RowRefused(("contact_id", wanted, words))
        if subject.first.wants_login and not subject["email"]:
            return None  # nothing but a name: who knows whether it is the same person
        alike = self.present.alike.get(likeness_of(subject), [])
        if len(alike) > 1:
            words = _(
                "Several contacts have this name and mail address. Write the Contact Id of the one that is meant."
            )
            raise RowRefused(("contact_id", "", words))
        return alike[0] if alike else None

    # --- The contact -------------------------------------------------------------------------------------------------

    def _keep_contact(self, found: Outcome, subject: Subject, contact: Contact | None) -> Contact | NewContact:
        draft = ContactDraft.cleaned(
            **{
                name: subject[name] if subject.has(name) else getattr(contact, name, "")
                for name in CONTACT_FIELDS
            }
        )  # fmt: skip
        refuse(subject, contact_refusals(draft))
        if contact is None:
            return self._new_contact(found, subject, draft)
        if contact.pk in self.deleted:
            raise RowRefused(("contact_id", contact.public_id, _deleted_by(self.deleted[contact.pk])))
        line, earlier = self.drafts.setdefault(contact.pk, (subject.first.line, draft))
        if earlier != draft:
            words = _("Line %(line)d says something else of the same contact.") % {"line": line}
            raise RowRefused(("contact_id", contact.public_id, words))
        before, after = {name: getattr(contact, name) for name in CONTACT_FIELDS}, asdict(draft)
        changes = [(HEADS[name], before[name], after[name]) for name in CONTACT_FIELDS if before[name] != after[name]]
        if changes and line == subject.first.line:
            logins = self.present.logins_of[contact.pk]
            refuse(subject, [against_managing_contact(self.manager, contact, logins)])
            found.result = RowResult.UPDATE
            found.changes += changes
            found.steps.append(ContactEdit(contact, draft))
        return contact

    def _new_contact(self, found: Outcome, subject: Subject, draft: ContactDraft) -> NewContact:
        """A new one, or that of an earlier row: two logins of one new person stand in two rows."""
        key = likeness_of(subject)
        earlier = self.new_contacts.get(key)
        if earlier and subject.first.wants_login and draft.email:
            if earlier.draft != draft:
                raise RowRefused(("", found.name, _("An earlier line says something else of the same new contact.")))
            found.result = RowResult.CREATE
            found.told = _("A further login of the contact of an earlier line")
            return earlier
        if earlier and not subject.first.wants_login:
            raise RowRefused(("", found.name, _("An earlier line is about the same new contact. Keep one of them.")))
        if not subject.first.wants_login:
            refuse(subject, [against_creating_contact(self.manager)])
        found.result = RowResult.CREATE
        new = self.new_contacts[key] = NewContact(draft)
        found.steps.append(new)
        return new

    # --- The login ---------------------------------------------------------------------------------------------------

    def _add_login(self, found: Outcome, subject: Subject, contact: Contact | NewContact) -> None:
        if isinstance(contact, Contact):
            refuse(subject, [against_managing_contact(self.manager, contact, self.present.logins_of[contact.pk])])
            found.told = _("A login for a contact that is there already")
        draft, places = self.logins.new(subject)
        found.told = " · ".join(filter(None, [found.told, self.looks.caution(draft.user_name)]))
        found.result = RowResult.CREATE
        found.user_name = draft.user_name
        found.changes.append((HEADS["user_type"], "", assignments_text(places.values(), self.present.paths)))
        found.steps.append(NewLogin(contact, draft, places))

    def _keep_login(self, found: Outcome, subject: Subject, login: Login) -> None:
        draft, places, changes = self.logins.changed(subject, login)
        found.user_name = login.user_name
        if not changes:
            return
        found.result = RowResult.UPDATE
        found.changes += [(HEADS[key], before, after) for key, before, after in changes]
        edit = LoginEdit(login, draft, frozenset(key for key, _before, _after in changes), places)
        found.steps.append(edit)
        found.told = stopping_words(edit)

    # --- Deleting ----------------------------------------------------------------------------------------------------

    def _delete(self, found: Outcome, subject: Subject, thing: Contact | Login | None) -> None:
        assert thing is not None  # noqa: S101 - whoever is not there was refused before
        self.deletions += 1
        if self.deletions > MOST_DELETIONS:
            words = _("One import deletes at most %(most)d.") % {"most": MOST_DELETIONS}
            raise RowRefused(("action", subject["action"], words))
        logins = [thing] if isinstance(thing, Login) else self.present.logins_of[thing.pk]
        contact = thing.contact if isinstance(thing, Login) else thing
        refusals = [against_deleting(login, self.manager.public_id) for login in logins]
        if isinstance(thing, Login):
            refuse(subject, [*refusals, against_managing(self.manager, thing)])
        else:
            refuse(subject, [*refusals, against_managing_contact(self.manager, contact, logins)])
        if contact.pk in self.deleted:
            raise RowRefused(("action", subject["action"], _deleted_by(self.deleted[contact.pk])))
        if isinstance(thing, Contact):
            if contact.pk in self.drafts:
                words = _("Line %(line)d changes the same contact.") % {"line": self.drafts[contact.pk][0]}
                raise RowRefused(("action", subject["action"], words))
            self.deleted[contact.pk] = subject.first.line
        found.result = RowResult.DELETE
        found.changes = [
            (HEADS["user_name"], login.user_name, "") for login in logins
        ] or [(HEADS["first_name"], contact.name, "")]  # fmt: skip
        found.told = _deletion_words(thing, logins)
        found.steps.append(Deletion(thing))


def _nobody_there(subject: Subject) -> str:
    if subject.first.wants_login:
        return _("There is no login with this user name.")
    return _("There is no such contact. Write its Contact Id, or the user name of its login.")


def stopping_words(edit: LoginEdit) -> str:
    """Which tokens stop on their next call when the login is changed so."""
    login = edit.login
    if not login.has_personal_role or not edit.columns & {"user_type", "enabled", "expires_on"}:
        return ""
    types = [place.user_type for place in edit.places.values()]
    personal = not all(user_type.built_in and user_type.slug == VIEW_ONLY for user_type in types)
    after = Standing(edit.draft.enabled, personal, frozenset(edit.places))
    stops = effect(login, after).stops
    if not stops:
        return ""
    words = ngettext(
        "%(count)d token stops on its next call: %(names)s.",
        "%(count)d tokens stop on their next call: %(names)s.",
        len(stops),
    )
    return words % {"count": len(stops), "names": ", ".join(stops[:10])}


def _deleted_by(line: int) -> str:
    return _("Line %(line)d deletes this contact.") % {"line": line}


def _deletion_words(thing: Contact | Login, logins: list[Login]) -> str:
    words = _("The contact stays.") if isinstance(thing, Login) else _("The contact goes with its logins.")
    count = sum(login.tokens.listed().count() for login in logins)
    revoked = ngettext("%(count)d token is revoked.", "%(count)d tokens are revoked.", count) % {"count": count}
    return f"{words} {revoked}" if count else words
