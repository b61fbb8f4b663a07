using System.Security.Cryptography;
using System.Text;

namespace Dff.Grains.Scripts;

/// <summary>The contract names drafts by their MD5; it guards against overwriting, not against an attacker.</summary>
internal static class Md5
{
    public static string OfText(string text) => Convert.ToHexStringLower(MD5.HashData(Encoding.UTF8.GetBytes(text)));
}
