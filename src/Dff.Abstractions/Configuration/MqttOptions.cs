using System.ComponentModel.DataAnnotations;

namespace Dff.Abstractions.Configuration;

/// <summary>The MQTT broker whose messages start functions.</summary>
public sealed class MqttOptions
{
    [ConfigKey("MQTT_HOST", "Broker of messages to functions", IsLater = true, DefaultText = "none")]
    public string? Host { get; set; }

    [ConfigKey("MQTT_PORT", "Port of the broker", IsLater = true), Range(1, 65535)]
    public int Port { get; set; } = 1883;

    [ConfigKey("MQTT_USERNAME", "User of the broker", IsLater = true)]
    public string? Username { get; set; }

    [ConfigKey("MQTT_PASSWORD", "Password of the broker", IsLater = true, IsSecret = true)]
    public string? Password { get; set; }

    [ConfigKey("MQTT_SUB_TOPIC", "Topic subscribed to", IsLater = true)]
    public string SubscribeTopic { get; set; } = "$share/g/dataflux_func/#";

    [ConfigKey("MQTT_DEFAULT_QOS", "Quality of service", IsLater = true), Range(0, 2)]
    public int DefaultQos { get; set; }
}

/// <summary>Entries whose key starts with <c>CUSTOM_</c>, which scripts read by <c>DFF.CONFIG</c>. Values are JSON.</summary>
public sealed class CustomOptions
{
    public Dictionary<string, string> Entries { get; } = [];
}
