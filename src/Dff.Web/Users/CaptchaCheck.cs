using System.Text.Json;
using Dff.Abstractions.Configuration;
using Dff.Abstractions.Errors;
using Dff.Web.Api;

namespace Dff.Web.Users;

/// <summary>Asks for a captcha where passwords have been wrong too often.</summary>
public sealed class CaptchaCheck(Captcha captcha, SignInGuard guard, WebOptions options)
{
    /// <exception cref="DffException">EUserCaptcha.</exception>
    public void Require(string category, string username, string address, JsonElement body)
    {
        if (IsNeeded(username, address) && !captcha.Verify(category, body.TextOf("captchaToken"), body.TextOf("captcha")))
            throw new DffException(ErrorReason.UserCaptcha, "Read the captcha and send it as captcha, with the captchaToken it was made for", new { captchaRequired = true });
    }

    /// <summary>What a wrong password answers beside.</summary>
    public object? DetailAfterFailure(string username, string address) => IsNeeded(username, address) ? new { captchaRequired = true } : null;

    private bool IsNeeded(string username, string address) => options.CaptchaEnabled && guard.NeedsCaptcha(username, address);
}
