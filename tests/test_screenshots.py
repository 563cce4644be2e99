"""Every page has its picture: an address of the console is in the gallery, or has no page of its own."""

from config.addresses import is_for_programs
from tests.addresses import all_addresses
from tests.gallery import NO_PAGES, PAGES, SCENES, TROUBLES


def test_every_page_is_in_the_gallery() -> None:
    routes = {a.route for a in all_addresses() if not is_for_programs("/" + a.route) or a.route == "api/docs"}
    without = {route for route in routes if any(part in route for part in NO_PAGES)}
    assert routes - without == set(PAGES)
    assert [part for part in NO_PAGES if not any(part in route for route in without)] == []


def test_no_two_pictures_have_one_name() -> None:
    names = [view.name for view in (*PAGES.values(), *SCENES, *(view for view, _script in TROUBLES))]
    assert len(names) == len(set(names))
