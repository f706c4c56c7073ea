"""The query language that brands are listened for by; docs/queries.md is its manual.

A query is parsed once (`parser`, by `grammar.lark`) into a tree (`syntax`), whose leaves are looked
for in folded text (`folding`, `words`). `evaluation` says whether one query holds of one mention,
`matcher` which of all brands' do, and `explanation` why.
"""
