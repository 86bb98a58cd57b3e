"""The fields of a model."""

from __future__ import annotations

from asgikit.modelfields import ModelField


def test_a_field_knows_what_it_can_hold() -> None:
    """By the kinds of its types."""
    tags = ModelField("tags", "tags", frozenset({"ListType", "StrType"}), none_by_default=False)
    assert (tags.is_repeated, tags.is_text, tags.is_custom) == (True, True, False)
    avatar = ModelField("avatar", "avatar", frozenset({"CustomType", "NoneType"}), none_by_default=True)
    assert (avatar.is_repeated, avatar.is_text, avatar.is_custom) == (False, True, True)
    age = ModelField("age", "age", frozenset({"IntType"}), none_by_default=False)
    assert (age.is_repeated, age.is_text, age.is_custom) == (False, False, False)
