"""What may be tried only so often, over HTTP: aliases, fragments and batches multiply nothing."""

import pytest
from django.contrib.auth.hashers import make_password
from django.test import Client

from core.models import Invitation, Job, RefreshToken, Tally, User
from core.rates import Limit
from schema.root import schema
from schema.throttling import CALLER, RULES
from tests.conftest import PASSWORD

pytestmark = pytest.mark.django_db

FIVE = Limit(5, 60)
REPLY = "{ accessToken userErrors { code } }"
LOGIN = f'mutation ($login: String!) {{ tokenAuth(input: {{login: $login, password: "wrong"}}) {REPLY} }}'


@pytest.fixture(autouse=True)
def _limits_as_they_are_by_default(settings, _nobody_is_too_fast):
    settings.LOGIN_LIMIT, settings.SIGNUP_LIMIT, settings.RESET_LIMIT = FIVE, Limit(3, 60), Limit(3, 3600)
    settings.INVITATION_LIMIT = Limit(10, 3600)


@pytest.fixture
def from_address(settings, ask):
    """Ask as the client of an address, through one trusted proxy."""
    settings.TRUSTED_PROXIES = 1

    def send(address, document, **variables):
        return ask(None, document, headers={"X-Forwarded-For": address}, **variables)

    return send


def field(n, login="x@example.com"):
    return f'a{n}: tokenAuth(input: {{login: "{login}", password: "wrong"}}) {REPLY}'


def limited(answer):
    """Tell whether an answer is a refusal by a limit, whole and in form."""
    if answer.status == 200:
        return False
    (error,) = answer.errors
    assert answer.status == 429
    assert answer.body["data"] is None
    assert error["extensions"]["code"] == "RATE_LIMITED"
    assert 1 <= error["extensions"]["retryAfter"] == int(answer.headers["Retry-After"])
    return True


def test_the_sixth_login_within_a_minute_is_refused_and_told_when_to_come_back(ask):
    answers = [ask(None, LOGIN, login=f"{n}@example.com") for n in range(6)]
    assert [limited(answer) for answer in answers] == [False] * 5 + [True]
    assert answers[-1].errors[0]["extensions"]["retryAfter"] <= 60


def test_the_right_password_counts_as_well_and_is_refused_as_well(ask, owner):
    owner.user.set_password("correct horse battery")
    owner.user.save()
    given = 'login: "owner@example.com", password: "correct horse battery"'
    document = f"mutation {{ tokenAuth(input: {{{given}}}) {REPLY} }}"
    answers = [ask(None, document) for _ in range(6)]
    assert all(answer.data["tokenAuth"]["accessToken"] for answer in answers[:5])
    assert limited(answers[5])


def test_six_aliases_in_one_document_are_refused_whole(ask):
    sessions = RefreshToken.objects.count()
    assert limited(ask(None, f"mutation {{ {' '.join(map(field, range(6)))} }}"))
    assert RefreshToken.objects.count() == sessions
    assert not limited(ask(None, f"mutation {{ {' '.join(map(field, range(5)))} }}"))
    assert limited(ask(None, f"mutation {{ {field(0)} }}"))


def test_a_document_over_the_limit_executes_nothing_of_what_else_it_holds(ask):
    register = (
        'register(input: {email: "new@example.com", password: "correct horse battery"}) { accessToken }'
    )
    assert limited(ask(None, f"mutation {{ {register} {' '.join(map(field, range(6)))} }}"))
    assert not User.objects.filter(email="new@example.com").exists()


@pytest.mark.parametrize(
    "document",
    [
        f"mutation {{ ...F }} fragment F on Mutation {{ {' '.join(map(field, range(6)))} }}",
        f"mutation {{ {field(0)} ... on Mutation {{ {field(1)} ... {{ {field(2)} }} }} ...F }} "
        f"fragment F on Mutation {{ {field(3)} ...G }} fragment G on Mutation {{ {field(4)} {field(5)} }}",
        f"mutation {{ {' '.join(field(n) for n in range(5))} ...F ...F }} fragment F on Mutation {{ {field(9)} }}",
        f"query Other {{ __typename }} mutation Chosen {{ {' '.join(map(field, range(6)))} }}",
    ],
    ids=["a fragment", "fragments in fragments", "a fragment twice", "one of two operations"],
)
def test_however_six_logins_are_written_they_are_six(ask, document):
    client = Client()
    body = {"query": document, **({"operationName": "Chosen"} if "Chosen" in document else {})}
    response = client.post("/graphql/", body, content_type="application/json")
    assert response.status_code == 429, response.json()
    assert not Tally.objects.exists()


@pytest.mark.parametrize(
    "document",
    [
        f"mutation ($no: Boolean = false) {{ {field(0)} "
        f"{' '.join(field(n).replace(') {', ') @include(if: $no) {', 1) for n in range(1, 6))} }}",
        f"mutation {{ {field(0)} ... @skip(if: true) {{ {' '.join(map(field, range(1, 6)))} }} }}",
        f"mutation {{ {field(0)} {field(0)} {field(0)} {field(0)} {field(0)} {field(0)} }}",
        f"mutation Chosen {{ {field(0)} }} mutation Other {{ {' '.join(map(field, range(6)))} }}",
    ],
    ids=["@include", "@skip", "one name in the answer", "the operation that was not chosen"],
)
def test_what_is_not_executed_is_not_counted(document):
    body = {"query": document, **({"operationName": "Chosen"} if "Chosen" in document else {})}
    for n in range(6):
        response = Client().post("/graphql/", body, content_type="application/json")
        assert response.status_code == (429 if n == 5 else 200), response.json()


def test_an_account_is_guarded_against_guesses_from_everywhere_however_it_is_written(from_address):
    spellings = ["Me@Example.com", " me@example.com ", "ME@EXAMPLE.COM", "me@example.com", "mE@example.com"]
    for n, login in enumerate(spellings):
        assert not limited(from_address(f"203.0.113.{n}", LOGIN, login=login))
    assert limited(from_address("203.0.113.99", LOGIN, login="me@example.COM"))
    assert not limited(from_address("203.0.113.99", LOGIN, login="you@example.com"))


SIGN_IN = f"mutation ($login: String!, $password: String!) {{ tokenAuth(input: {{login: $login, password: $password}}) {REPLY} }}"
SIGN_UP = f"mutation ($login: String!, $password: String!) {{ register(input: {{email: $login, password: $password}}) {REPLY} }}"


def test_an_account_has_five_attempts_by_all_its_names_and_doors_together(from_address, owner):
    User.objects.filter(pk=owner.user.pk).update(username="shopkeeper", password=make_password(PASSWORD))
    stranger_to_all = ["nobody@example.com", "nobody", "nobody@example.com"]
    for names in (["owner@example.com", "ShopKeeper", "owner@example.com"], stranger_to_all):
        answers = [
            from_address(f"203.0.113.{n}", SIGN_IN, login=name, password="wrong")
            for n, name in enumerate([names[0], names[1], names[0], names[1]])
        ]
        replies = [answer.data["tokenAuth"] for answer in answers]
        assert replies == [{"accessToken": None, "userErrors": [{"code": "INVALID_CREDENTIALS"}]}] * 4
    up = from_address("203.0.113.5", SIGN_UP, login="owner@example.com", password="wrong horse battery")
    assert up.data["register"]["userErrors"] == [{"code": "INVALID_CREDENTIALS"}]
    for n, (document, name) in enumerate([(SIGN_IN, "owner@example.com"), (SIGN_UP, "owner@example.com")]):
        late = from_address(f"203.0.113.1{n}", document, login=name, password=PASSWORD)
        assert not limited(late), "nothing tells that the handle is this account's"
        (reply,) = late.data.values()
        assert reply == {"accessToken": None, "userErrors": [{"code": "INVALID_CREDENTIALS"}]}


def test_the_attempts_of_one_account_leave_the_others_alone(from_address, owner, stranger):
    User.objects.filter(pk=owner.user.pk).update(username="shopkeeper")
    User.objects.filter(pk=stranger.user.pk).update(password=make_password(PASSWORD))
    for n, name in enumerate(["owner@example.com", "shopkeeper"] * 3):
        from_address(f"203.0.113.{n}", SIGN_IN, login=name, password="wrong")
    let_in = from_address("203.0.113.9", SIGN_IN, login="stranger@example.com", password=PASSWORD)
    assert let_in.data["tokenAuth"]["accessToken"]


def test_the_eleventh_invitation_within_an_hour_is_not_sent(ask, owner, stranger):
    document = """mutation ($store: ID!, $email: String!) { inviteMember(input: {store: $store, email: $email,
      role: STAFF}) { invitation { id } userErrors { code } } }"""
    answers = [ask(owner, document, store=owner.store_id, email=f"{n}@example.com") for n in range(11)]
    assert [limited(answer) for answer in answers] == [False] * 10 + [True]
    assert (Invitation.objects.count(), Job.objects.count()) == (10, 10)
    assert limited(ask(stranger, document, store=stranger.store_id, email="x@example.com")), "one address"


def test_invitations_are_counted_for_the_account_from_wherever_it_sends_them(settings, owner, stranger, ask):
    settings.TRUSTED_PROXIES, settings.INVITATION_LIMIT = 1, Limit(2, 3600)
    document = """mutation ($store: ID!) { inviteMember(input: {store: $store, email: "x@example.com",
      role: STAFF}) { userErrors { code } } }"""

    def invite(who, n):
        return ask(who, document, headers={"X-Forwarded-For": f"203.0.113.{n}"}, store=who.store_id)

    assert [limited(invite(owner, n)) for n in range(3)] == [False, False, True]
    assert not limited(invite(stranger, 3))


def test_the_default_of_a_variable_names_the_account_too(from_address):
    document = LOGIN.replace("String!", 'String! = "me@example.com"')
    for n in range(5):
        assert not limited(from_address(f"203.0.113.{n}", document))
    assert limited(from_address("203.0.113.99", LOGIN, login="me@example.com"))


def test_one_ipv6_household_is_one_client(from_address):
    for n in range(5):
        assert not limited(from_address(f"2001:db8:1:2::{n}", LOGIN, login=f"{n}@example.com"))
    assert limited(from_address("2001:db8:1:2:ffff::1", LOGIN, login="9@example.com"))
    assert not limited(from_address("2001:db8:1:3::1", LOGIN, login="10@example.com"))


def test_a_header_that_no_trusted_proxy_wrote_gives_nobody_a_new_address(ask):
    for n in range(5):
        answer = ask(None, LOGIN, headers={"X-Forwarded-For": f"203.0.113.{n}"}, login=f"{n}@example.com")
        assert not limited(answer)
    assert limited(ask(None, LOGIN, headers={"X-Forwarded-For": "198.51.100.1"}, login="9@example.com"))


def test_what_a_client_writes_before_its_proxy_is_not_believed(from_address):
    for n in range(5):
        assert not limited(from_address(f"6.6.6.{n}, 203.0.113.9", LOGIN, login=f"{n}@example.com"))
    assert limited(from_address("6.6.6.9, 203.0.113.9", LOGIN, login="9@example.com"))


def test_the_fourth_account_within_a_minute_is_not_opened(ask):
    document = """mutation ($email: String!) { register(input: {email: $email, password: "correct horse battery"})
      { accessToken userErrors { code } } }"""
    answers = [ask(None, document, email=f"{n}@example.com") for n in range(4)]
    assert [limited(answer) for answer in answers] == [False] * 3 + [True]
    assert User.objects.count() == 3


@pytest.mark.parametrize("command", ["requestPasswordReset", "requestEmailVerification"])
def test_the_fourth_mail_within_an_hour_is_not_sent(from_address, command):
    document = (
        f"mutation ($email: String!) {{ {command}(input: {{email: $email}}) {{ userErrors {{ code }} }} }}"
    )
    answers = [from_address(f"203.0.113.{n}", document, email="me@example.com") for n in range(4)]
    assert [limited(answer) for answer in answers] == [False] * 3 + [True]
    assert answers[3].errors[0]["extensions"]["retryAfter"] > 3500


def test_a_stolen_access_token_lets_nobody_guess_the_password(ask, owner):
    document = """mutation { changePassword(input: {oldPassword: "guess", newPassword: "correct horse 2"})
      { userErrors { code } } }"""
    answers = [ask(owner, document) for _ in range(6)]
    assert [limited(answer) for answer in answers] == [False] * 5 + [True]


def test_a_document_without_a_limited_field_asks_the_counters_nothing(ask, owner, statements):
    with statements() as count:
        ask(None, "{ __typename }")
        ask(None, 'mutation { revokeToken(input: {refreshToken: "none"}) { revoked } }')
    assert not [query for query in count.captured_queries if "tally" in query["sql"]]


def test_variables_that_do_not_fit_are_refused_as_ever_and_not_counted(ask):
    for _ in range(6):
        assert ask(None, LOGIN, login=None).codes == ["BAD_USER_INPUT"]
    assert not Tally.objects.exists()


def test_counters_that_are_out_of_order_let_nobody_through(ask, monkeypatch):
    def broken(attempts):
        raise RuntimeError("out of order")

    monkeypatch.setattr("core.throttle.admit", broken)
    answer = ask(None, LOGIN, login="x@example.com")
    assert answer.codes == ["INTERNAL"]
    assert answer.body["data"] is None


def test_every_rule_names_a_mutation_and_the_field_of_an_account():
    mutations = schema._schema.mutation_type.fields
    for name, rule in RULES.items():
        given = mutations[name].args["input"].type.of_type.fields
        assert rule.account in ("", CALLER, *given), name
