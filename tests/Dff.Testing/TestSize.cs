namespace Dff.Testing;

/// <summary>How large a test is: <c>./test.sh --full</c> runs the sizes that are promised, else a tenth of them.</summary>
public static class TestSize
{
    public static bool IsFull { get; } = Environment.GetEnvironmentVariable("DFFTEST_FULL") == "yes";

    public static int Of(int full) => IsFull ? full : full / 10;
}
