using ArchUnitNET.Domain;
using ArchUnitNET.Fluent;
using ArchUnitNET.Loader;
using FluentAssertions;
using static ArchUnitNET.Fluent.ArchRuleDefinition;

namespace Dff.Architecture.Tests;

/// <summary>Who may know whom: the table in docs/architecture.md.</summary>
public sealed class ProjectReferenceTests
{
    private static readonly Dictionary<string, string[]> Allowed = new()
    {
        ["Dff.Abstractions"] = [],
        ["Dff.Python"] = [],
        ["Dff.Storage"] = ["Dff.Abstractions"],
        ["Dff.Grains"] = ["Dff.Abstractions", "Dff.Storage", "Dff.Python"],
        ["Dff.Web"] = ["Dff.Abstractions", "Dff.Storage"],
    };

    private static readonly ArchUnitNET.Domain.Architecture Program = new ArchLoader().LoadAssemblies(
        typeof(Abstractions.Errors.DffException).Assembly,
        typeof(Python.IPythonEngine).Assembly,
        typeof(Storage.RawJson).Assembly,
        typeof(Grains.Caching.ChangeFeed).Assembly,
        typeof(Web.WebServices).Assembly).Build();

    public static TheoryData<string, string> Forbidden()
    {
        var pairs = new TheoryData<string, string>();
        foreach (var (project, allowed) in Allowed)
        {
            foreach (var other in Allowed.Keys.Where(other => other != project && !allowed.Contains(other))) pairs.Add(project, other);
        }

        return pairs;
    }

    [Theory]
    [MemberData(nameof(Forbidden))]
    public void A_project_does_not_use_what_it_may_not_know(string project, string other)
    {
        var rule = Types().That().ResideInNamespaceMatching($@"^{project.Replace(".", @"\.")}(\..*)?$")
            .Should().NotDependOnAny(Types().That().ResideInNamespaceMatching($@"^{other.Replace(".", @"\.")}(\..*)?$"));

        rule.HasNoViolations(Program).Should().BeTrue($"{project} must not use {other}");
    }

    [Fact]
    public void No_type_is_named_after_nothing()
    {
        var names = new[] { "Manager", "Helper", "Util", "Utils", "Common", "Base" };

        Program.Types.Where(type => type.FullName.StartsWith("Dff.", StringComparison.Ordinal) && names.Any(name => type.Name.EndsWith(name, StringComparison.Ordinal)))
            .Select(type => type.FullName).Should().BeEmpty();
    }
}
