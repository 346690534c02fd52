namespace TransferLearning;

/// <summary>The best temperature for some logits.</summary>
/// <param name="Temperature">What logits are to be divided by.</param>
/// <param name="Limit">Whether it lies at a bound.</param>
/// <param name="LossBefore">The mean cross entropy with the temperature 1.</param>
/// <param name="Loss">The mean cross entropy with this temperature.</param>
public sealed record TemperatureFit(double Temperature, TemperatureLimit Limit, double LossBefore, double Loss);
