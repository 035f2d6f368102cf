import pytest

from parution.sandbox import mastodon_text

BASE = "https://m.example"


@pytest.mark.parametrize(
    ("text", "counted"),
    [
        ("", 0),
        ("été", 3),
        ("e\u0301te\u0301", 3),
        ("👩‍👩‍👧‍👦 🇫🇷", 3),
        ("https://a.fr", 23),
        ("Voir https://www.martin.example/recettes/buche?utm_source=masto.", 5 + 23 + 1),
        ("@lea@autre.example merci", 4 + 6),
        ("#Noël", 5),
        ("ligne\nligne", 11),
    ],
)
def test_lengths_are_counted_as_mastodon_counts_them(text: str, counted: int) -> None:
    assert mastodon_text.length(text) == counted


@pytest.mark.parametrize(
    ("text", "html"),
    [
        ("Un.\nDeux.\n\n\nTrois.\r\nQuatre.", "<p>Un.<br />Deux.</p><p>Trois.<br />Quatre.</p>"),
        ('<script>"&"</script>', "<p>&lt;script&gt;&quot;&amp;&quot;&lt;/script&gt;</p>"),
        ("", ""),
        (
            "#Noël",
            '<p><a href="https://m.example/tags/Noël" class="mention hashtag" rel="tag">#<span>Noël</span></a></p>',
        ),
        ("n° #2026", "<p>n° #2026</p>"),
        (
            "@lea@autre.example",
            '<p><span class="h-card" translate="no"><a href="https://m.example/@lea" class="u-url mention">@<span>lea</span></a></span></p>',
        ),
        (
            "https://www.martin.example/recettes/buche-praline?a=1&b=2",
            '<p><a href="https://www.martin.example/recettes/buche-praline?a=1&amp;b=2" target="_blank" rel="nofollow noopener" translate="no"><span class="invisible">https://www.</span><span class="ellipsis">martin.example/recettes/buche-</span><span class="invisible">praline?a=1&amp;b=2</span></a></p>',
        ),
    ],
)
def test_texts_are_rendered_as_mastodon_renders_them(text: str, html: str) -> None:
    assert mastodon_text.html(text, BASE) == html


@pytest.mark.parametrize(("characters", "ellipsis"), [(30, False), (31, False), (32, True)])
def test_an_address_is_cut_only_where_that_saves_more_than_the_ellipsis(
    characters: int, *, ellipsis: bool
) -> None:
    address = "https://" + "m" * (characters - 4) + ".com"

    assert ('class="ellipsis"' in mastodon_text.html(address, BASE)) is ellipsis


def test_hashtags_are_found_and_anchors_in_addresses_are_not() -> None:
    assert mastodon_text.tags("#Annecy et https://a.fr/#top, a#b") == ["Annecy"]
