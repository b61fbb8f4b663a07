using Dff.Testing;
using FluentAssertions;

namespace Dff.Silo.Tests;

public sealed class ReadmeTests
{
    [Fact]
    public void Both_languages_have_the_same_structure()
    {
        var (english, chinese) = (Structure("README.md"), Structure("README.zh-CN.md"));

        chinese.Should().Equal(english);
    }

    /// <summary>Depth of every heading, and every line of code that is not a comment.</summary>
    private static List<string> Structure(string name)
    {
        var isCode = false;
        var structure = new List<string>();
        foreach (var line in File.ReadLines(Path.Combine(Repository.Root, name)))
        {
            if (line.StartsWith("```", StringComparison.Ordinal)) isCode = !isCode;
            else if (isCode && !line.StartsWith('#') && !line.Contains("            #", StringComparison.Ordinal) && !line.Contains("    # ", StringComparison.Ordinal)) structure.Add(line);
            else if (!isCode && line.StartsWith('#')) structure.Add(line[..line.IndexOf(' ', StringComparison.Ordinal)]);
        }

        return structure;
    }
}
