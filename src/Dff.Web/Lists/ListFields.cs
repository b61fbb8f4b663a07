using Dff.Web.Contracts;

namespace Dff.Web.Lists;

/// <summary>The query values that every list route takes.</summary>
public static class ListFields
{
    public const int LargestPage = 100;
    public const int LastPage = 99999;

    public static Field Picking { get; } = Field.CommaArray("fieldPicking").Saying("Only these fields of each row");

    public static Field Kicking { get; } = Field.CommaArray("fieldKicking").Saying("All but these fields of each row");

    private static readonly Field Fuzzy = Field.String("_fuzzySearch").Saying("Text in the ID, title or description, without case");
    private static readonly Field Export = Field.Enum("export", ListExport.Format).Saying("Answers all rows as a file");
    private static readonly Field PageSize = Field.Integer("pageSize", 1, LargestPage);
    private static readonly Field NoPage = Field.Boolean("noPage").Saying("true answers all rows");

    private static readonly Field[] Sorting =
    [
        Field.CommaArray("sort").Saying("Fields to sort by; a leading - sorts downwards"),
        Field.String("orderBy").Saying("One field to sort by"), Field.Enum("orderMethod", "asc", "desc", "ASC", "DESC"),
    ];

    private static readonly Field[] Whole = [.. Sorting, Picking, Kicking, Fuzzy, Field.String("_fulltextSearch").Saying("Text in code"), Export];

    public static IReadOnlyList<Field> Of(Paging paging) => paging switch
    {
        Paging.ByMarker => [Field.Integer("pageMarker", 0).Saying("Only rows before the one of this seq: the pageMarker of the page before"), PageSize, NoPage, Picking, Kicking, Fuzzy, Export],
        Paging.ByNumber => [Field.Integer("pageNumber", 1, LastPage), PageSize, NoPage, .. Whole],
        _ => Whole,
    };
}
