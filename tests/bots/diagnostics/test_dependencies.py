from __future__ import annotations

from bots.diagnostics.dependencies import EdgeKind, Mark, choose_drawn, find_dependencies
from tests.builders.forms import asks, build_form, field, number, radio, section, shown_if, text


def test_logic_and_calculations_are_edges_from_what_is_asked_to_what_depends() -> None:
    found = find_dependencies(
        build_form(radio(1, "Yes"), number(2), text(3, logic=shown_if(asks(1))), number(4, "[2] * 2"))
    )
    assert found.edges == (("1", "3", EdgeKind.LOGIC), ("2", "4", EdgeKind.CALCULATION))
    assert found.left_out == 0


def test_fields_without_dependencies_are_left_out_and_counted() -> None:
    found = find_dependencies(build_form(text(1), radio(2, "Yes"), text(3, logic=shown_if(asks(2)))))
    assert ([node.id for node in found.nodes], found.left_out) == (["2", "3"], 1)


def test_circles_and_what_cannot_be_reached_are_marked() -> None:
    ring = (radio(1, "Yes", logic=shown_if(asks(2))), radio(2, "Yes", logic=shown_if(asks(1))))
    found = find_dependencies(
        build_form(*ring, text(3, logic=shown_if(asks(1))), text(4, hidden="1", logic=shown_if(asks(1))))
    )
    marks = {node.id: set(node.marks) for node in found.nodes}
    assert marks["1"] == {Mark.CIRCLE, Mark.UNREACHABLE}
    assert marks["3"] == {Mark.UNREACHABLE}
    assert Mark.HIDDEN in marks["4"]


def test_a_section_with_logic_leads_to_what_it_holds_and_counts_the_rest() -> None:
    found = find_dependencies(
        build_form(
            radio(1, "Yes"),
            section(2, logic=shown_if(asks(1))),
            text(3),
            radio(4, "Yes"),
            text(5, logic=shown_if(asks(4))),
        )
    )
    assert ("2", "4", EdgeKind.SECTION) in found.edges
    assert next(node for node in found.nodes if node.id == "2").inside == 1


def test_deleted_fields_are_no_nodes() -> None:
    found = find_dependencies(build_form(text(1, logic=shown_if(asks(99))), number(2, "[98]")))
    assert found.nodes == ()


def test_of_a_column_the_head_is_shown_and_not_each_cell() -> None:
    cells = [field(n, "tablecell", parent_tableheader_id=2) for n in range(3, 9)]
    found = find_dependencies(build_form(number(1), field(2, "tableheader", calculation="[1] * 2"), *cells))
    assert {node.id for node in found.nodes} == {"1", "2"}


def test_of_too_many_those_in_trouble_are_drawn() -> None:
    fields = [radio(n, "Yes", logic=shown_if(asks(n - 1)) if n else None) for n in range(300)]
    fields[250]["logic"] = shown_if(asks(251))
    drawn = choose_drawn(find_dependencies(build_form(*fields)), 80)
    assert len(drawn.nodes) == 80
    assert {"250", "251"} <= {node.id for node in drawn.nodes}
    kept = {node.id for node in drawn.nodes}
    assert all(source in kept and target in kept for source, target, _ in drawn.edges)


def test_the_order_of_the_array_does_not_matter() -> None:
    fields = [radio(n, "Yes", logic=shown_if(asks(n // 2)) if n else None, sort=str(n)) for n in range(20)]
    assert find_dependencies(build_form(*fields)).to_json() == find_dependencies(build_form(*fields[::-1])).to_json()


def test_of_fields_with_one_id_one_is_a_node() -> None:
    found = find_dependencies(build_form(radio(1, "Yes"), radio(1, "Yes"), text(2, logic=shown_if(asks(1)))))
    assert [node.id for node in found.nodes] == ["1", "2"]


def test_a_section_through_which_a_circle_leads_is_part_of_it() -> None:
    ring = (radio(1, "Yes", logic=shown_if(asks(3))), section(2, logic=shown_if(asks(1))), radio(3, "Yes"))
    found = find_dependencies(build_form(*ring))
    assert {node.id for node in found.nodes if Mark.CIRCLE in node.marks} == {"1", "2", "3"}
