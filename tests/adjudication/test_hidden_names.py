"""Hidden annotators are letters: one to one, the same for one seed, and no clue to the next article."""

from parley.adjudication.disagreements import shown_names

WHO = [f"annotator-{n}" for n in range(30)]


def test_nobody_is_hidden_without_a_seed():
    """The pseudonyms of annotators.csv are shown."""
    assert shown_names(["bo", "ada"], "d") == {"ada": "ada", "bo": "bo"}


def test_letters_are_one_to_one_and_stable():
    """Thirty annotators get thirty letters, in whatever order they come."""
    hidden = shown_names(WHO, "d", "seed")
    assert sorted(hidden) == sorted(WHO)
    assert sorted(hidden.values(), key=lambda x: (len(x), x)) == [
        *"ABCDEFGHIJKLMNOPQRSTUVWXYZ",
        "AA",
        "AB",
        "AC",
        "AD",
    ]
    assert shown_names(reversed(WHO), "d", "seed") == hidden


def test_each_article_has_letters_of_its_own():
    """What is learnt about A in one article says nothing about A in the next."""
    of_two = [shown_names(["ada", "bo"], f"d{n}", "seed")["ada"] for n in range(40)]
    assert set(of_two) == {"A", "B"}
