using Dff.Abstractions.Errors;

namespace Dff.Grains.Crontab;

/// <summary>
/// Errors that say where an expression is wrong: <c>detail {field, offset, text, accepted}</c>, and where it is one of the five fields
/// <c>fieldNumber</c> and <c>fieldName</c>.
/// </summary>
internal static class CrontabError
{
    public const string Reason = ErrorReason.ClientBadRequest + ".InvalidCronTabExpression";

    /// <param name="number">1 to 5.</param>
    /// <param name="offset">Characters before the wrong text, in the expression as it was given.</param>
    public static DffException InField(int number, string name, int offset, string text, string accepted) => new(
        Reason,
        $"Field {number} ({name}) of the crontab expression is wrong at offset {offset}: '{text}'; it accepts {accepted}",
        new { field = "crontab", fieldNumber = number, fieldName = name, offset, text, accepted });

    public static DffException Whole(string message, int offset, string text) =>
        new(Reason, message, new { field = "crontab", offset, text, accepted = CrontabExpression.Accepted });
}
