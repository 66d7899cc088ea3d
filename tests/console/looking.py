"""A window of a real browser that remembers whatever went wrong in it."""

from contextlib import contextmanager

from axe_playwright_python.base import AXE_FILE_PATH

GRAVE = ("serious", "critical")
OPTIONS = {
    "light": {"resultTypes": ["violations"], "runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa"]},
    "dark": {"runOnly": ["color-contrast"]},
}
"""What differs between the two is colours alone."""


@contextmanager
def window(context, *, width=1280, is_missing=False):
    """A new window; in the end nothing may have gone wrong in it, but for a page that is missing."""
    page, faults = context.new_page(), []
    page.set_viewport_size({"width": width, "height": 800})
    page.set_default_timeout(30_000)
    page.on("console", lambda message: message.type in ("error", "warning") and faults.append(message.text))
    page.on("pageerror", lambda error: faults.append(str(error)))
    page.on("requestfailed", lambda request: faults.append(f"{request.url}: {request.failure}"))
    page.on(
        "response", lambda answer: answer.status >= 400 and faults.append(f"{answer.url}: {answer.status}")
    )
    try:
        yield page
    finally:
        page.close()
    # A poll that is under way when its page is left is no fault.
    known = ("ERR_ABORTED", "404") if is_missing else ("ERR_ABORTED",)
    assert [one for one in faults if not any(text in one for text in known)] == []


def grave_faults(page, colours="light"):
    """What axe finds on a page that keeps people from using it."""
    if not page.evaluate("'axe' in window"):
        page.evaluate(AXE_FILE_PATH.read_text())
    found = page.evaluate("options => axe.run(document, options)", OPTIONS[colours])
    return [
        (one["id"], node["html"][:200], node["failureSummary"])
        for one in found["violations"]
        if one["impact"] in GRAVE
        for node in one["nodes"]
    ]
