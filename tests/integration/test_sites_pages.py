"""Each mock site over HTTP: log-in, lists, export, and what its form takes and refuses."""

import csv
import io
import re
from pathlib import Path

import pytest
from sites_support import CASES, Case, log_in, stored, token, visitor, workbook

EVERY = pytest.mark.parametrize("case", CASES.values(), ids=CASES)


def _rows(text: str) -> int:
    body = text.split("<tbody>")[1].split("</tbody>")[0]
    return 0 if 'class="nothing"' in body else body.count("<tr>")


@EVERY
def test_every_page_wants_a_log_in_and_leads_back_to_where_one_was_going(case: Case, tmp_path: Path) -> None:
    with visitor(case, tmp_path) as client:
        for path in (case.many, f"{case.many}.csv", case.form, "/", "/nothing"):
            answer = client.get(path, follow_redirects=False)
            assert answer.status_code in (303, 404, 405), path
            if answer.status_code == 303:
                assert answer.headers["location"].startswith("/login?next=")
        wrong = log_in(client, password="wrong")
        assert "User name or password is wrong." in wrong.text
        right = log_in(client, f"{case.many}?rows=100")
        assert (right.status_code, right.url.raw_path.decode()) == (200, f"{case.many}?rows=100")
        outside = log_in(client, "//elsewhere.example/x")
        assert outside.url.host == "site"
        client.post("/logout", data={"form_token": token(client.get(case.many))})
        assert "/login" in str(client.get(case.many).url)


@EVERY
def test_a_list_is_paged_filtered_and_counted(case: Case, tmp_path: Path) -> None:
    with visitor(case, tmp_path) as client:
        log_in(client)
        first = client.get(case.many)
        assert f"{case.total} entries" in first.text
        assert _rows(first.text) == 25
        seen, page = [first.text], first.text
        while following := re.search(r'href="([^"]+)">Next</a>', page):
            page = client.get(following[1].replace("&amp;", "&")).text
            seen.append(page)
        assert sum(map(_rows, seen)) == case.total
        for rows in (100, 500):
            assert _rows(client.get(case.many, params={"rows": rows}).text) == min(case.total, rows)
        some = client.get(case.many, params=case.filter)
        assert f"{case.filtered} entr" in some.text
        assert _rows(some.text) == min(25, case.filtered)
        nothing = client.get(case.many, params=dict.fromkeys(case.filter, "no such thing"))
        assert "0 entries" in nothing.text
        assert "<caption>" in nothing.text
        for odd in ("-1", "999", "x", "9" * 40):
            assert client.get(case.many, params={"page": odd, "rows": odd}).status_code == 200


@EVERY
def test_the_export_holds_all_rows_of_the_filter_under_the_headers_of_the_page(case: Case, tmp_path: Path) -> None:
    with visitor(case, tmp_path) as client:
        log_in(client)
        page = client.get(case.many, params=case.filter)
        link = re.search(r'class="export" href="([^"]+)"', page.text)
        assert link
        whole = client.get(f"{case.many}.csv")
        some = client.get(link[1].replace("&amp;", "&"))
    assert whole.headers["content-type"].startswith("text/csv")
    lines = list(csv.reader(io.StringIO(whole.text)))
    headers = re.findall(r'<th scope="col"[^>]*>([^<]*)</th>', page.text)
    assert lines[0] == headers
    assert len(lines) - 1 == case.total
    assert len(list(csv.reader(io.StringIO(some.text)))) - 1 == case.filtered
    assert not any(cell.startswith(("=", "+", "@")) for line in lines for cell in line)


@EVERY
def test_the_form_stores_what_is_in_order_and_nothing_else(case: Case, tmp_path: Path) -> None:
    with visitor(case, tmp_path) as client:
        log_in(client)
        page = client.get(case.form.removesuffix("/retest"))
        good = {**case.values, "form_token": token(page)}
        before = len(stored(case, tmp_path))
        for missing in case.values:
            answer = client.post(case.form, data={k: v for k, v in good.items() if k != missing}, files=case.files)
            assert answer.status_code == 400, missing
            assert 'role="alert"' in answer.text
        without = client.post(case.form, data=case.values, files=case.files)
        assert (without.status_code, "expired" in without.text) == (403, True)
        long = {key: value + "x" * 400 for key, value in case.values.items()}
        assert client.post(case.form, data={**good, **long}, files=case.files).status_code == 400
        assert len(stored(case, tmp_path)) == before
        done = client.post(case.form, data=good, files=case.files)
        assert done.status_code == 200, done.text
        assert len(stored(case, tmp_path)) == before + 1
        client.post(case.form, data=good, files=case.files)
        assert len(stored(case, tmp_path)) == before + 2, "a mock site does not reject duplicates"


@pytest.mark.parametrize(
    ("name", "key", "file", "complaint"),
    [
        ("erp", "packing_list", ("list.exe", b"x"), "must be one of"),
        ("courier", "declaration", ("d.pdf", b"no pdf"), "is called .pdf but is none"),
        ("agency", "document", ("form.xlsx", b"PK\x03\x04 broken"), "can&#39;t be opened"),
        ("agency", "document", ("form.xlsx", workbook("Other")), "no sheet"),
        ("agency", "document", ("form.xlsx", b""), "Document must hold"),
        ("agency", "document", ("form.xlsx", b"PK\x03\x04" + b"0" * 5_000_000), "Document must hold"),
    ],
)
def test_an_upload_that_is_not_what_it_says_is_refused(
    tmp_path: Path, name: str, key: str, file: tuple[str, bytes], complaint: str
) -> None:
    case = CASES[name]
    with visitor(case, tmp_path) as client:
        log_in(client)
        data = {**case.values, "form_token": token(client.get(case.form))}
        before = len(stored(case, tmp_path))
        answer = client.post(case.form, data=data, files={**case.files, key: file})
        assert answer.status_code == 400
        assert complaint in answer.text
        assert len(stored(case, tmp_path)) == before


def test_the_certificate_of_a_sample_is_taken_and_shown(tmp_path: Path) -> None:
    with visitor(CASES["lims"], tmp_path) as client:
        log_in(client)
        page = client.get("/samples/S-B-1")
        assert "A &lt;b&gt;Name&lt;/b&gt;" in page.text
        assert page.text.count('data-field-class="identity"') == 2
        sent = {"data": {"form_token": token(page)}, "files": {"certificate": ("../../c.pdf", b"%PDF-1.7")}}
        assert "c.pdf, 8 bytes" in client.post("/samples/S-B-1/certificate", **sent).text  # type: ignore[arg-type]
        assert client.get("/samples/none").status_code == 404


def test_what_refers_to_something_unknown_is_refused(tmp_path: Path) -> None:
    for name, change, complaint in (
        ("erp", {"batch": "B-404"}, "B-404 is not known"),
        ("erp", {"quantity": "-1"}, "number above 0"),
        ("lims", {"test": "Nothing"}, "no test"),
        ("agency", {"form": "Poem"}, "must be one of the list"),
    ):
        case = CASES[name]
        (tmp_path / name).mkdir(exist_ok=True)
        with visitor(case, tmp_path / name) as client:
            log_in(client)
            page = client.get(case.form.removesuffix("/retest"))
            answer = client.post(case.form, data={**case.values, **change, "form_token": token(page)}, files=case.files)
            assert (answer.status_code, complaint in answer.text) == (400, True), answer.text
    with visitor(CASES["courier"], tmp_path) as client:
        log_in(client)
        assert client.get("/book/S-404").status_code == 404
        data = {**CASES["courier"].values, "form_token": token(client.get("/book/S-0"))}
        assert "no longer free" in client.post("/book/S-0", data=data).text


def test_the_search_for_slots_wants_a_span_and_gives_those_inside(tmp_path: Path) -> None:
    with visitor(CASES["courier"], tmp_path) as client:
        log_in(client)
        found = client.get(
            "/slots", params={"destination": "utre", "from": "2020-01-01T00:00", "to": "2100-01-01T00:00"}
        )
        assert ("1 entry" in found.text, "S-1" in found.text, "S-0" in found.text) == (True, True, False)
        for wrong in ({"from": "2026-01-02", "to": "2026-01-01"}, {"from": "x", "to": "y"}, {"from": "2026-01-01"}):
            assert client.get("/slots", params=wrong).status_code == 400
