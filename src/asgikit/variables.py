"""Variables: what the templates of a page read, compared with what they are given, before anything is rendered."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Final, TypeAlias, TypeGuard, final

from asgikit.errors import CompositionError
from asgikit.path import TailPath

if TYPE_CHECKING:
    import jinja2
    import jinja2.meta
    from jinja2 import nodes
else:
    try:
        import jinja2
        import jinja2.meta
        from jinja2 import nodes
    except ImportError:
        jinja2 = nodes = None

Names: TypeAlias = frozenset[str]
Lent: TypeAlias = dict[str, Names]
Around: TypeAlias = Iterator[tuple["nodes.Node", Names]]

_NONE: Final[Names] = frozenset()
_WITHOUT_CONTEXT: Final = ": it is imported without context"


@final
class Survey:
    """Reads a template, and all that it extends, includes and imports by a fixed name; what is wrong is in `faults`.

    A variable counts as given if the page has it, the environment has it as a global, or a template may have set it
    where it is read. One that its template asks for with `is defined` or `default` may be missing. Blocks that are
    overridden without `super()` are not looked at, for they are not rendered.
    """

    __slots__ = ("_environment", "_seen", "faults")

    def __init__(self, environment: jinja2.Environment) -> None:
        """Of the templates of this environment; they are compiled on the way."""
        self._environment: jinja2.Environment = environment
        self._seen: set[tuple[str, Names]] = set()
        self.faults: list[str] = []

    def page(self, name: str, given: Names) -> None:
        """Looks at a template with these variables.

        Raises CompositionError for a template that is missing, or that is not Jinja's language.
        """
        self._visit(name, given, None, "")

    def block(self, name: str, block: str, given: Names) -> None:
        """Looks at one block, rendered without what is around it; raises as `page` does, and if there is no such block."""
        own = {node.name: node for node in self._parsed(name, None).find_all(nodes.Block)}
        if block not in own:
            has = ", ".join(own) or "none"
            raise CompositionError(f"{name} has no block {block!r} of its own; it has {has}")
        if _calls_super(own[block]):
            self.faults.append(f"{name}, line {own[block].lineno}: a block that calls super() cannot be rendered alone")
        alone = nodes.Template([own[block]], lineno=1)
        alone.set_environment(self._environment)
        self._examine(name, alone, given, {}, "")

    def _visit(self, name: str, given: Names, by: str | None, hint: str) -> None:
        if (name, given) in self._seen:
            return
        self._seen.add((name, given))
        for lineage in self._lineages(name, by, ()):
            trees = [self._parsed(ancestor, by) for ancestor in lineage]
            _empty_overridden_blocks(trees)
            known = given.union(*map(_stored, trees))
            lent: Lent = {}
            for ancestor, tree in reversed(list(zip(lineage, trees, strict=True))):
                self._examine(ancestor, tree, known, lent, hint)

    def _lineages(self, name: str, by: str | None, below: tuple[str, ...]) -> Iterator[tuple[str, ...]]:
        if name in below:
            raise CompositionError(f"{name} extends itself: {' < '.join((*below, name))}")
        line = (*below, name)
        parents = [parent for node in self._parsed(name, by).find_all(nodes.Extends) for parent in _targets(node.template)]
        for parent in parents:
            yield from self._lineages(parent, name, line)
        if not parents:
            yield line

    def _parsed(self, name: str, by: str | None) -> nodes.Template:
        loader = self._environment.loader
        if loader is None:
            raise CompositionError("the environment has no loader: give a directory, or one of Jinja's loaders")
        try:
            source, filename, _ = loader.get_source(self._environment, name)
            self._environment.get_template(name)
            return self._environment.parse(source, name, filename)
        except jinja2.TemplateNotFound:
            wanted = f", which {by} names" if by else ""
            raise CompositionError(f"there is no template {name!r}{wanted}") from None
        except jinja2.TemplateSyntaxError as error:
            raise CompositionError(f"{name}, line {error.lineno}: {error.message}") from None
        except (OSError, UnicodeDecodeError, RuntimeError) as error:  # the last: a loader of compiled templates
            raise CompositionError(f"{name} cannot be read: {error}") from None

    def _examine(self, name: str, tree: nodes.Template, known: Names, lent: Lent, hint: str) -> None:
        optional = _asked_for(tree)
        blocks: list[tuple[nodes.Block, Names]] = []
        for node, around in _walk(tree, known | optional, known | optional, lent):
            if isinstance(node, nodes.Block):
                blocks.append((node, around))
            elif _is_reference(node):
                self._follow(name, node, around)
            elif isinstance(node, nodes.Call):
                self._check_url(name, node, around)
        lines = {node.name: node.lineno for node in reversed(list(tree.find_all(nodes.Name)))}
        missing: set[str] = set()
        # Innermost first, so that what is read in a block is not taken as read around it.
        for block, context in reversed(blocks):
            alone = nodes.Template([block], lineno=block.lineno)
            alone.set_environment(self._environment)
            missing |= jinja2.meta.find_undeclared_variables(alone) - context
            block.body = []
        missing |= jinja2.meta.find_undeclared_variables(tree) - known - optional
        for variable in sorted(missing):
            self.faults.append(f"{name}, line {lines.get(variable, 1)}: {variable!r} is not given{hint}")

    def _follow(self, name: str, node: nodes.Include | nodes.Import | nodes.FromImport, around: Names) -> None:
        targets = _targets(node.template)
        hint = "" if node.with_context else _WITHOUT_CONTEXT
        if isinstance(node, nodes.Include):
            found = [target for target in targets if self._exists(target)]
            if found or node.ignore_missing:
                targets = found
        for target in targets:
            self._visit(target, around if node.with_context else _NONE, name, hint)

    def _exists(self, name: str) -> bool:
        try:
            self._environment.get_template(name)
        except jinja2.TemplateNotFound:
            return False
        except jinja2.TemplateError:
            pass  # it will be told when it is visited
        return True

    def _check_url(self, name: str, call: nodes.Call, around: Names) -> None:
        # {{ user.url(3) }} and {{ url(user, 3) }}, where user is a path that every template knows
        of, values = call.node, call.args
        if isinstance(of, nodes.Name) and of.name == "url" and "url" not in around and values:
            of, values = values[0], values[1:]
        elif isinstance(of, nodes.Getattr) and of.attr == "url":
            of = of.node
        if not isinstance(of, nodes.Name) or of.name in around or call.dyn_args is not None:
            return
        path: object = self._environment.globals.get(of.name)
        if _is_path(path) and len(values) != len(path.params):
            self.faults.append(
                f"{name}, line {call.lineno}: {of.name}, {path}, takes {len(path.params)} values, not {len(values)}"
            )


def _is_path(value: object) -> TypeGuard[TailPath[*tuple[object, ...]]]:
    return isinstance(value, TailPath)


def _is_reference(node: nodes.Node) -> TypeGuard[nodes.Include | nodes.Import | nodes.FromImport]:
    return isinstance(node, nodes.Include | nodes.Import | nodes.FromImport)


def _is_scope(node: nodes.Node) -> bool:
    loops_and_macros = nodes.For, nodes.With, nodes.Macro, nodes.CallBlock
    return isinstance(
        node,
        (*loops_and_macros, nodes.FilterBlock, nodes.Block, nodes.Scope, nodes.OverlayScope, nodes.ScopedEvalContextModifier),
    )


def _targets(template: nodes.Node) -> list[str]:
    """The names of templates that can be told from the text; what is computed can not."""
    if isinstance(template, nodes.Tuple | nodes.List):
        return [name for item in template.items for name in _targets(item)]
    if isinstance(template, nodes.CondExpr):
        return [name for choice in (template.expr1, template.expr2) if choice is not None for name in _targets(choice)]
    value: object = template.value if isinstance(template, nodes.Const) else None
    return [value] if isinstance(value, str) else []


def _walk(node: nodes.Node, around: Names, context: Names, lent: Lent) -> Around:
    """Every node below this one, with the names that are set around it; a block with those of them that it sees.

    A block sees what its template sets outside of everything, and what is around it if it says `scoped`; what it sees,
    the blocks inside it and those that override it see too: that is noted in `lent`.
    """
    for child in node.iter_child_nodes():
        if isinstance(child, nodes.Block):
            seen = (around if child.scoped else context) | lent.get(child.name, _NONE)
            lent[child.name] = seen
            yield child, seen
            yield from _walk(child, seen | _stored(child), seen, lent)
        else:
            yield child, around
            yield from _walk(child, around | _stored(child) if _is_scope(child) else around, context, lent)


def _stored(scope: nodes.Node) -> Names:
    """The names that are set in a scope itself, not in one inside it."""
    found = _special(scope)
    todo = list(scope.iter_child_nodes())
    while todo:
        node = todo.pop()
        if isinstance(node, nodes.Macro) or (isinstance(node, nodes.Name) and node.ctx != "load"):
            found.add(node.name)
        elif isinstance(node, nodes.Import):
            found.add(node.target)
        elif isinstance(node, nodes.FromImport):
            found.update(name if isinstance(name, str) else name[1] for name in node.names)
        if not _is_scope(node):
            todo.extend(node.iter_child_nodes())
    return frozenset(found)


def _special(scope: nodes.Node) -> set[str]:
    """What Jinja itself gives inside: only where something there names it, so that an included template cannot be the first."""
    named = {node.name for node in scope.find_all(nodes.Name)}
    if isinstance(scope, nodes.For):
        lent = scope.recursive or any(block.scoped for block in scope.find_all(nodes.Block))
        return {"loop"} if lent else named & {"loop"}
    return named & {"caller", "varargs", "kwargs"} if isinstance(scope, nodes.Macro | nodes.CallBlock) else set()


def _asked_for(tree: nodes.Template) -> Names:
    """The names that may be missing, for the template asks whether they are there."""
    asked: list[nodes.Node] = [test.node for test in tree.find_all(nodes.Test) if test.name in {"defined", "undefined"}]
    for filtered in tree.find_all(nodes.Filter):
        if filtered.name in {"default", "d"} and filtered.node is not None:
            asked.append(filtered.node)
    return frozenset(node.name for node in asked if isinstance(node, nodes.Name))


def _empty_overridden_blocks(trees: list[nodes.Template]) -> None:
    """Takes away what is never rendered: the bodies of blocks that a template further down overrides without `super()`."""
    overridden: set[str] = set()
    for tree in trees:
        blocks = list(tree.find_all(nodes.Block))
        here = {block.name for block in blocks if not _calls_super(block)}
        for block in blocks:
            if block.name in overridden:
                block.body = []
        overridden |= here


def _calls_super(block: nodes.Block) -> bool:
    return any(node.name == "super" for node in block.find_all(nodes.Name))
