namespace TransferLearning;

/// <summary>Everything a checkpoint holds of a module, in PyTorch's order: parameters, then buffers, then the members one by one.</summary>
internal static class ModuleState
{
    /// <summary>Names and the module's own tensors, which stay the module's.</summary>
    public static IReadOnlyList<KeyValuePair<string, Tensor>> Of(nn.Module module) => [.. Of(module, "")];

    private static IEnumerable<KeyValuePair<string, Tensor>> Of(nn.Module module, string prefix)
    {
        foreach ((string name, TorchSharp.Modules.Parameter parameter) in module.named_parameters(recurse: false))
        {
            yield return new(prefix + name, parameter);
        }

        foreach ((string name, Tensor buffer) in module.named_buffers(recurse: false))
        {
            yield return new(prefix + name, buffer);
        }

        foreach ((string name, nn.Module child) in module.named_children())
        {
            foreach (KeyValuePair<string, Tensor> entry in Of(child, $"{prefix}{name}."))
            {
                yield return entry;
            }
        }
    }
}
