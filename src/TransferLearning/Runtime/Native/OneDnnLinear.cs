namespace TransferLearning.Layers;

/// <summary>oneDNN's inner product, which LibTorch has and TorchSharp does not wrap, by the C function that LibTorch exports for programs
/// compiled ahead of time. It records no gradient.</summary>
internal static unsafe class OneDnnLinear
{
    private static readonly nint Function = NativeLibTorch.Export("aoti_torch_cpu__linear_pointwise");

    /// <summary>Whether this build of LibTorch has it; oneDNN may be off all the same.</summary>
    public static bool IsKnown => Function != 0 && RuntimeInformation.ProcessArchitecture == Architecture.X64;

    /// <summary>x W + b, a new tensor.</summary>
    /// <param name="input">[…, inputs] float32 on the CPU.</param>
    /// <param name="weight">[outputs, inputs], in any layout.</param>
    /// <param name="bias">[outputs], or null.</param>
    public static Tensor Run(Tensor input, Tensor weight, Tensor? bias)
    {
        nint biasHandle = bias?.Handle ?? 0, result;
        int error;
        fixed (byte* none = "none\0"u8)
        {
            error = ((delegate* unmanaged<nint, nint, nint*, byte*, double**, long, byte**, nint*, int>)Function)(
                input.Handle, weight.Handle, bias is null ? null : &biasHandle, none, null, 0, null, &result);
        }

        GC.KeepAlive(input);
        GC.KeepAlive(weight);
        GC.KeepAlive(bias);
        return error == 0
            ? Tensor.UnsafeCreateTensor(result)
            : throw new InvalidOperationException(
                $"oneDNN refused to multiply [{string.Join(", ", input.shape)}] by [{string.Join(", ", weight.shape)}].");
    }
}
