using FluentAssertions.Execution;
using FluentAssertions.Primitives;

namespace Dff.Python.Tests;

public static class OutcomeAssertionsEntry
{
    public static OutcomeAssertions Should(this PythonOutcome outcome) => new(outcome);
}

public sealed class OutcomeAssertions(PythonOutcome subject) : ReferenceTypeAssertions<PythonOutcome, OutcomeAssertions>(subject)
{
    protected override string Identifier => "outcome";

    public AndConstraint<OutcomeAssertions> HaveReturned(string json)
    {
        BeOfKind(PythonOutcomeKind.Succeeded);
        Subject.RawText().Should().Be(json);
        return new AndConstraint<OutcomeAssertions>(this);
    }

    public AndConstraint<OutcomeAssertions> BeOfKind(PythonOutcomeKind kind)
    {
        Execute.Assertion.ForCondition(Subject.Kind == kind).FailWith(
            "Expected an outcome of kind {0}, but it is {1}: {2}\n{3}\nlog: {4}", kind, Subject.Kind, Subject.ErrorMessage, Subject.Stack, Subject.LogText());
        return new AndConstraint<OutcomeAssertions>(this);
    }

    /// <param name="messagePart">Part of the message, whatever its case.</param>
    public AndConstraint<OutcomeAssertions> HaveFailed(PythonOutcomeKind kind, string errorType, string messagePart)
    {
        BeOfKind(kind);
        Subject.ErrorType.Should().Be(errorType);
        Subject.ErrorMessage.Should().ContainEquivalentOf(messagePart);
        return new AndConstraint<OutcomeAssertions>(this);
    }
}
