using Dff.Storage;

namespace Dff.Web.Scripts;

/// <param name="CodeDraftMD5">Of the draft as it is now; the next change may be made on condition of it.</param>
public sealed record ScriptChangeAnswer(string Id, string CodeDraftMD5);

/// <param name="ExportedAPIFuncs">The functions that can be called from now on.</param>
public sealed record ScriptPublishAnswer(string Id, int PublishVersion, RawJson ExportedAPIFuncs);
