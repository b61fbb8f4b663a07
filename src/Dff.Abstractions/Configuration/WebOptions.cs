using System.ComponentModel.DataAnnotations;

namespace Dff.Abstractions.Configuration;

/// <summary>The HTTP side.</summary>
public sealed class WebOptions
{
    [ConfigKey("WEB_BIND", "Address to listen on"), Required]
    public string Bind { get; set; } = "127.0.0.1";

    [ConfigKey("WEB_PORT", "Port to listen on"), Range(1, 65535)]
    public int Port { get; set; } = 8088;

    [ConfigKey("WEB_BASE_URL", "URL that users reach this system at, for links", DefaultText = "from the request")]
    public string? BaseUrl { get; set; }

    [ConfigKey("WEB_CORS_ORIGIN", "Origins allowed to call: true (all), false, or a comma-separated list")]
    public string CorsOrigin { get; set; } = "true";

    [ConfigKey("WEB_CORS_CREDENTIALS", "Allow credentials for origins that WEB_CORS_ORIGIN lists")]
    public bool CorsCredentials { get; set; } = true;

    [ConfigKey("WEB_TRUSTED_PROXIES", "Networks (CIDR, comma-separated) whose X-Forwarded headers are believed")]
    public string TrustedProxies { get; set; } = "";

    [ConfigKey("WEB_CAPTCHA_ENABLED", "Ask for a captcha after three failed sign-ins")]
    public bool CaptchaEnabled { get; set; } = true;

    [ConfigKey("_WEB_MAX_BODY_BYTES", "Largest request body"), Range(1024, 1073741824)]
    public int MaxBodyBytes { get; set; } = 16 * 1024 * 1024;

    [ConfigKey("_WEB_MAX_UPLOAD_BYTES", "Largest upload"), Range(1024, 2147483647)]
    public int MaxUploadBytes { get; set; } = 256 * 1024 * 1024;

    [ConfigKey("_WEB_AUTH_EXPIRES", "Seconds a sign-in lives without use"), Range(60, 31536000)]
    public int AuthExpires { get; set; } = 86400;

    [ConfigKey("_WEB_CAPTCHA_EXPIRES", "Seconds a captcha is valid"), Range(10, 86400)]
    public int CaptchaExpires { get; set; } = 300;

    [ConfigKey("_WEB_AK_TIMESTAMP_MAX_DIFF", "Seconds an access key's timestamp may differ"), Range(1, 86400)]
    public int AccessKeyTimestampMaxDifference { get; set; } = 900;

    [ConfigKey("_WEB_AK_NONCE_TTL", "Seconds an access key's nonce may not come again; at least twice _WEB_AK_TIMESTAMP_MAX_DIFF are kept"), Range(1, 31536000)]
    public int AccessKeyNonceTtl { get; set; } = 86400;

    [ConfigKey("_PASSWORD_MIN_LENGTH", "Shortest password"), Range(1, 100)]
    public int PasswordMinLength { get; set; } = 8;

    [ConfigKey("_FUNC_PKG_IMPORT_CONFIRM_TIMEOUT", "Seconds to confirm an import in", IsLater = true), Range(10, 86400)]
    public int ImportConfirmTimeout { get; set; } = 900;
}
