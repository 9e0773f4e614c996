"""Rich text as people write it: what it may hold, and what never gets through."""

from __future__ import annotations

import pytest

from stepwell.engine.answer_types import textarea
from stepwell.engine.markup import clean_html
from stepwell.engine.model import Directory

from .builders import made_field

KEPT = [
    "<p><b>b</b> <strong>s</strong> <i>i</i> <em>e</em> <u>u</u> <strike>x</strike></p>",
    "<ul><li>one</li></ul><ol><li>two</li></ol><h1>a</h1><h2>b</h2><h3>c</h3>",
    "<pre>x = 1</pre><code>y</code><blockquote>q</blockquote>",
    '<table><thead><tr><th colspan="2">a</th></tr></thead><tbody><tr><td>b</td><td>c</td></tr></tbody></table>',
    '<img src="https://x.example/a.png" alt="a" width="20">',
    '<img src="/api/organizations/0/file/1/dl">',
    '<video src="https://x.example/a.mp4" controls=""></video>',
    '<hr class="page-break"><div style="page-break-after:always">x</div>',
    '<a href="https://x.example/?a=1&amp;b=2" rel="noopener noreferrer">l</a> 😀 👩‍💻',
    '<a href="mailto:a@b.example" rel="noopener noreferrer">mail</a>',
    '<p style="text-align:center">x</p>',
    '<span class="insert-variable-tag" contenteditable="false">{{client-1}}</span>',
    '<a href="{{link-1}}" rel="noopener noreferrer">l</a>',
    '<span class="insert-snippet-tag" contenteditable="false" data-snippet-id="12">[[Tax]]</span>',
    f'<span class="insert-blueprint-tag" data-blueprint-id="{"0a" * 16}"></span>',
    f'<editor-blueprint data-blueprint-id="{"0a" * 16}"></editor-blueprint>',
    f"<editor-form-field data-field-id=\"'{'0a' * 16}'\"></editor-form-field>",
    f'<editor-form-field data-field-id="{"0a" * 16}"></editor-form-field>',
    "plain, 5 > 3",
]


@pytest.mark.rule("T-185", "T-184", "T-173")
@pytest.mark.parametrize("html", KEPT)
def test_what_the_editor_makes_is_kept(html: str) -> None:
    once = clean_html(html)
    assert once == html
    assert clean_html(once) == once


@pytest.mark.rule("T-026")
@pytest.mark.parametrize(
    ("html", "left"),
    [
        ("<p onclick=\"x()\">a</p><script>alert('x')</script>", "<p>a</p>"),
        ('<img src="x" onerror="alert(1)">', '<img src="x">'),
        ('<a href="javascript:alert(1)">a</a>', '<a rel="noopener noreferrer">a</a>'),
        ('<a href="java\nscript:alert(1)">a</a>', '<a rel="noopener noreferrer">a</a>'),
        ('<a href="data:text/html,x">a</a>', '<a rel="noopener noreferrer">a</a>'),
        ("<svg onload=x><script>1</script></svg>b", "b"),
        ("<math><mi xlink:href='javascript:1'>x</mi></math>b", "b"),
        ("<object data='x'></object><embed src=x><base href='//x'><form action=x><input></form>a", "a"),
        ("<style>p{}</style>a<link rel=stylesheet href=x><meta http-equiv=refresh>", "a"),
        ('<p style="position:fixed;background:url(x);color:red">a</p>', '<p style="color:red">a</p>'),
        ('<o:p>kept</o:p><p class="MsoNormal" style="margin:0">a</p>', 'kept<p class="MsoNormal" style="">a</p>'),
        ("<!-- <script> -->a<b", "a"),
        ("<noscript><p title='</noscript><img src=x onerror=1>'></noscript>", "&lt;p title='<img src=\"x\">'&gt;"),
        ('<video poster="javascript:x" onplay="x"><source src="javascript:1"></video>', "<video><source></video>"),
        ("a & b < c", "a &amp; b &lt; c"),
        ("{{a\u200bb\ufeff}}", "{{ab}}"),
    ],
)  # fmt: skip
def test_what_could_run_is_dropped(html: str, left: str) -> None:
    assert clean_html(html) == left


@pytest.mark.rule("T-185", "T-026")
def test_frames_show_players_and_nothing_else() -> None:
    player = '<iframe src="https://www.youtube.com/embed/x" onload="x" srcdoc="<script>">y</iframe>'
    sandbox = "allow-scripts allow-same-origin allow-presentation allow-popups"
    kept = f'<iframe src="https://www.youtube.com/embed/x" sandbox="{sandbox}"></iframe>'
    assert clean_html(f"a{player}b") == f"a{kept}b"
    assert clean_html(kept) == kept
    for address in (
        "https://evil.example/", "http://www.youtube.com/x", "//www.youtube.com/x", "javascript:alert(1)", "/api",
        "https://www.youtube.com@evil.example/", "https://www.youtube.com.evil.example/", "https://[", "",
    ):  # fmt: skip
        assert clean_html(f'a<iframe src="{address}"><script>x</script></iframe>b') == "ab"


@pytest.mark.rule("T-026", "T-177")
def test_a_rich_answer_is_cleaned_when_it_is_stored_and_a_plain_one_is_left_alone() -> None:
    sent = "<p>a</p><script>x</script>"
    assert textarea(made_field("textarea", use_wysiwyg_editor=True), sent, Directory()) == "<p>a</p>"
    assert (
        textarea(made_field("textarea", use_wysiwyg_editor=True), "<script>x</script>", Directory()) is None
    )
    assert textarea(made_field("textarea"), sent, Directory()) == sent
