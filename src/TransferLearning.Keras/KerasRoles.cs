using System.Text.RegularExpressions;

namespace TransferLearning.Keras;

/// <summary>Reads roles from the names of stored arrays.</summary>
internal static partial class KerasRoles
{
    /// <summary>
    /// The role that a name gives: <c>conv1_conv/kernel:0</c>, or Keras 1's <c>block1_conv1_W_1:0</c>; null for one that no network here
    /// uses.
    /// </summary>
    public static KerasRole? Of(string name)
    {
        Match match = name.Contains('/', StringComparison.Ordinal)
            ? Current().Match(name[(name.LastIndexOf('/') + 1)..])
            : First().Match(name);
        return match.Groups[1].Value switch
        {
            "kernel" or "W" => KerasRole.Kernel,
            "depthwise_kernel" => KerasRole.DepthwiseKernel,
            "bias" or "b" => KerasRole.Bias,
            "gamma" => KerasRole.Gamma,
            "beta" => KerasRole.Beta,
            "moving_mean" or "running_mean" => KerasRole.Mean,
            // Keras 1 called it a deviation and stored the variance.
            "moving_variance" or "running_std" => KerasRole.Variance,
            _ => null,
        };
    }

    [GeneratedRegex(@"^(kernel|depthwise_kernel|bias|gamma|beta|moving_mean|moving_variance)(?:_\d+)?(?::\d+)?$")]
    private static partial Regex Current();

    [GeneratedRegex(@"_(W|b|gamma|beta|running_mean|running_std)(?:_\d+)?(?::\d+)?$")]
    private static partial Regex First();
}
