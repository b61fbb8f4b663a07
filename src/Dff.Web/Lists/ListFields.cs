using Dff.Web.Contracts;

namespace Dff.Web.Lists;

/// <summary>The query values that every list route takes.</summary>
public static class ListFields
{
    public const int LargestPage = 100;
    public const int LastPage = 99999;

    public static Field Picking { get; } = Field.CommaArray("fieldPicking").Saying("Only these fields of each row");

    public static Field Kicking { get; } = Field.CommaArray("fieldKicking").Saying("All but these fields of each row");

    public static IReadOnlyList<Field> ByMarker { get; } =
    [
        Field.Integer("pageMarker", 0).Saying("Only rows before the one of this seq: the pageMarker of the page before"), Field.Integer("pageSize", 1, LargestPage),
        Field.Boolean("noPage").Saying("true answers all rows"), Picking, Kicking, Field.String("_fuzzySearch").Saying("Text in the ID, title or description, without case"),
        Field.Enum("export", ListExport.Format).Saying("Answers all rows as a file"),
    ];

    public static IReadOnlyList<Field> All { get; } =
    [
        Field.Integer("pageNumber", 1, LastPage), Field.Integer("pageSize", 1, LargestPage), Field.Boolean("noPage").Saying("true answers all rows"),
        Field.CommaArray("sort").Saying("Fields to sort by; a leading - sorts downwards"),
        Field.String("orderBy").Saying("One field to sort by"), Field.Enum("orderMethod", "asc", "desc", "ASC", "DESC"),
        Picking, Kicking,
        Field.String("_fuzzySearch").Saying("Text in the ID, title or description, without case"), Field.String("_fulltextSearch").Saying("Text in code"),
        Field.Enum("export", ListExport.Format).Saying("Answers all rows as a file"),
    ];
}
