using Dff.Web.Api;

namespace Dff.Web.Contracts;

/// <summary>How a list is answered in parts.</summary>
public enum Paging
{
    ByNumber,

    /// <summary>The next page goes on after the row that <c>pageMarker</c> names.</summary>
    ByMarker,

    /// <summary>All rows are answered.</summary>
    None,
}

/// <summary>Who may call a route.</summary>
public enum Access
{
    Public,

    /// <summary>A signed-in user or a signed access key.</summary>
    SignedIn,

    /// <summary>A signed-in user; an access key is not enough.</summary>
    Session,
}

/// <summary>One route: its contract and what it does. All routes are in one table, from which they are mapped, checked and documented.</summary>
public sealed record ApiRoute(string Method, string Pattern, string Summary, Func<ApiContext, Task<ApiAnswer>> Handle)
{
    public string Tag { get; init; } = "";

    public Access Access { get; init; } = Access.SignedIn;

    /// <summary>A privilege like <c>general_r</c>; null: being signed in is enough.</summary>
    public string? Privilege { get; init; }

    public FieldSet Query { get; init; } = FieldSet.None;

    /// <summary>False: unknown query values are ignored, as the original does but on list routes.</summary>
    public bool IsQueryStrict { get; init; }

    /// <summary>Null: the route takes no body.</summary>
    public FieldSet? Body { get; init; }

    /// <summary>Set: the route takes a multipart form, with the fields of <see cref="Body"/> as texts and this file; null: JSON.</summary>
    public Upload? Upload { get; init; }

    /// <summary>The body may be a form, too: texts, JSON text where a field is no text. A form with files (multipart/form-data) is left to the route to read.</summary>
    public bool TakesForms { get; init; }

    /// <summary>True: works before the first set-up.</summary>
    public bool IsOpenBeforeSetup { get; init; }

    /// <summary>The type of the answer's <c>data</c>, from which its schema is made; <c>void</c>: always null; null: any JSON.</summary>
    public Type? Answer { get; init; }

    /// <summary><c>data</c> is an array of <see cref="Answer"/>, and <c>pageInfo</c> stands beside it where the caller wanted a page.</summary>
    public bool IsList { get; init; }

    /// <summary>Of a list.</summary>
    public Paging Paging { get; init; }

    /// <summary>Set: the answer is not an envelope, but this.</summary>
    public RawAnswer? Raw { get; init; }

    /// <summary>The route reads a body by itself: an object of any fields, as JSON or as a form.</summary>
    public bool TakesAnyFields { get; init; }

    public string? Description { get; init; }

    /// <summary>It is a POST only because it takes a body.</summary>
    public bool ChangesNothing { get; init; }

    /// <summary>It answers late because it is asked to, so it is never counted as slow.</summary>
    public bool WaitsByDesign { get; init; }

    /// <summary>The pattern as records and clients write it, like <c>/api/v1/scripts/:id/do/publish</c>.</summary>
    public string Template { get; } = Pattern.Replace("{", ":", StringComparison.Ordinal).Replace("}", "", StringComparison.Ordinal);

    /// <summary>False: <c>data</c> is what a function answered, which may be a secret under any name, and stays out of operation records.</summary>
    public bool IsAnswerRecorded { get; init; } = true;

    /// <summary>Fields called <c>value</c> are secrets, and stay out of records and error answers.</summary>
    public bool HidesValues { get; init; }

    /// <summary>Calls of it stand in the operation records and are told to webhooks.</summary>
    public bool IsRecorded => Access != Access.Public && !ChangesNothing
        && (Method == "POST" || Pattern.EndsWith("/do/delete", StringComparison.Ordinal) || Pattern.EndsWith("/do/delete-many", StringComparison.Ordinal) || Pattern.EndsWith("/do/clear", StringComparison.Ordinal));
}

/// <param name="Example">What it may look like, as text or JSON; null: it is binary.</param>
public sealed record RawAnswer(string ContentType, string? Example);

/// <param name="Field">The field of the form that holds the file.</param>
public sealed record Upload(string Field, int MostBytes);
