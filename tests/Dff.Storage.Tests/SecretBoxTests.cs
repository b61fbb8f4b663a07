using Dff.Storage.Secrets;
using FluentAssertions;

namespace Dff.Storage.Tests;

public sealed class SecretBoxTests
{
    private readonly SecretBox _box = new("a-secret-of-this-system");

    [Theory]
    [InlineData("")]
    [InlineData("secret")]
    [InlineData("日本 😀\0")]
    public void What_was_sealed_opens_again_and_shows_nothing(string text)
    {
        var sealedText = _box.Seal(text, "accessKey/a");

        _box.Open(sealedText, "accessKey/a").Should().Be(text);
        if (text.Length > 0) sealedText.Should().NotContain(text);
        _box.Seal(text, "accessKey/a").Should().NotBe(sealedText, "equal secrets do not look equal");
    }

    [Fact]
    public void It_opens_at_its_own_place_only_and_unchanged_only()
    {
        var sealedText = _box.Seal("secret", "accessKey/a");
        var changed = sealedText[..^1] + (sealedText[^1] == 'A' ? 'B' : 'A');

        foreach (var (text, place) in ((string, string)[])[(sealedText, "accessKey/b"), (changed, "accessKey/a"), (sealedText[..20], "accessKey/a"), ("v1.00000000.!!", "accessKey/a"), ("secret", "accessKey/a")])
        {
            var open = () => _box.Open(text, place);
            open.Should().Throw<StoreException>(text).Which.Message.Should().NotContain("secret\"");
        }
    }

    [Fact]
    public void A_new_secret_opens_what_the_former_one_sealed_while_it_is_known()
    {
        var sealedText = _box.Seal("secret", "p");
        var rotated = new SecretBox("the-next-secret-of-this-system", "a-secret-of-this-system");

        rotated.Open(sealedText, "p").Should().Be("secret");
        (rotated.IsOld(sealedText), rotated.IsOld(rotated.Seal("secret", "p")), _box.IsOld(sealedText)).Should().Be((true, false, false));
        var stranger = () => new SecretBox("another-secret-entirely").Open(sealedText, "p");
        stranger.Should().Throw<StoreException>().WithMessage("*another SECRET*");
    }
}
