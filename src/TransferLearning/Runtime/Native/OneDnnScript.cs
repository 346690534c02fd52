using System.IO.Compression;

namespace TransferLearning.Layers;

/// <summary>oneDNN's fused convolutions, which LibTorch has and TorchSharp does not wrap. The only public way to them is a TorchScript
/// archive, so one is written here in memory: a module without weights, one method for each function.</summary>
internal static class OneDnnScript
{
    private const string Signature = "x: Tensor, w: Tensor, b: Tensor, sh: int, sw: int, ph: int, pw: int, dh: int, dw: int, g: int";
    private const string Geometry = "[ph, pw], [sh, sw], [dh, dw], g";

    // An archive that names an operator which is not there, or with other arguments, ends the process: these C++ names stand for both.
    private static readonly string[] Needed =
    [
        "_ZN2at6native28mkldnn_convolution_pointwiseERKNS_6TensorES3_RKSt8optionalIS1_EN3c108ArrayRefIlEESA_SA_lSt17basic_string_view"
            + "IcSt11char_traitsIcEENS8_4ListIS4_INS8_6ScalarEEEES4_ISE_E",
        "_ZN2at6native36mkldnn_convolution_pointwise_binary_ERNS_6TensorERKS1_S4_RKSt8optionalIS1_EN3c108ArrayRefIlEESB_SB_l"
            + "St17basic_string_viewIcSt11char_traitsIcEES5_INS9_6ScalarEES5_ISF_ENS9_4ListISH_EESI_",
        "_ZN2at6native28mkldnn_reorder_conv2d_weightERKNS_6TensorEN3c108ArrayRefIlEES6_S6_lNS4_16OptionalArrayRefIlEE",
    ];

    private static readonly Lazy<jit.ScriptModule<Tensor>?> Module = new(Load);

    /// <summary>Whether this build of LibTorch has them.</summary>
    public static bool IsAvailable => Module.Value is not null;

    /// <summary>A filter bank in the layout that oneDNN wants for inputs of one shape; only <see cref="Convolve"/> can read it.</summary>
    /// <param name="weight">The filters.</param>
    /// <param name="geometry">Stride, padding and dilation, each of height and width, and the number of groups.</param>
    /// <param name="input">A tensor of that shape.</param>
    public static Tensor Pack(Tensor weight, object[] geometry, Tensor input)
        => Invoke("pack", [weight, .. geometry, (int)input.size(0), (int)input.size(1), (int)input.size(2), (int)input.size(3)]);

    /// <summary>function(convolution(input) + bias), a new tensor.</summary>
    public static Tensor Convolve(Tensor input, Tensor weight, Tensor bias, object[] geometry, string? function)
        => Invoke(function ?? "none", [input, weight, bias, .. geometry]);

    /// <summary>function(convolution(input) + bias + sum), written into the sum. The function is ReLU or none.</summary>
    public static Tensor Accumulate(Tensor sum, Tensor input, Tensor weight, Tensor bias, object[] geometry, string? function)
        => Invoke($"add_{function ?? "none"}", [sum, input, weight, bias, .. geometry]);

    private static Tensor Invoke(string method, object[] arguments)
        => Module.Value!.invoke(method, arguments) as Tensor
            ?? throw new InvalidOperationException($"The script's method {method} gave no tensor.");

    private static jit.ScriptModule<Tensor>? Load()
        => Needed.All(name => NativeLibTorch.Export(name) != 0) ? jit.load<Tensor>(Archive()) : null;

    private static byte[] Archive()
    {
        StringBuilder code = new();
        code.Append("class M(Module):\n  __parameters__ = []\n  __buffers__ = []\n");
        foreach ((string name, string function, string scalars, string algorithm) in new[]
        {
            ("none", "none", "[]", "None"),
            ("relu", "relu", "[]", "None"),
            ("relu6", "hardtanh", "annotate(List[Optional[number]], [0., 6.])", "None"),
            ("silu", "swish", "[]", "None"),
            ("hardswish", "hardswish", "[]", "None"),
            ("gelu", "gelu", "[]", "\"none\""),
        })
        {
            Method(name, Signature, $"ops.mkldnn._convolution_pointwise(x, w, b, {Geometry}, \"{function}\", {scalars}, {algorithm})");
        }

        Method(
            "add_none",
            $"o: Tensor, {Signature}",
            $"ops.mkldnn._convolution_pointwise_(o, x, w, b, {Geometry}, \"add\", None, None, [], None)");
        Method(
            "add_relu",
            $"o: Tensor, {Signature}",
            $"ops.mkldnn._convolution_pointwise_(o, x, w, b, {Geometry}, \"add\", None, \"relu\", [], None)");
        Method(
            "pack",
            $"w: Tensor{Signature[(Signature.IndexOf("b: Tensor", StringComparison.Ordinal) + 9)..]}, n: int, c: int, h: int, wi: int",
            $"ops.mkldnn._reorder_convolution_weight(w, {Geometry}, [n, c, h, wi])");
        Method("forward", "x: Tensor", "x");

        using MemoryStream stream = new();
        using (ZipArchive zip = new(stream, ZipArchiveMode.Create, leaveOpen: true))
        {
            // The pickle of an object of class __torch__.M without attributes, and of an empty tuple of constants.
            Add("m/data.pkl", [0x80, 2, .. "c__torch__\nM\n"u8, .. "q\0)"u8, 0x81, .. "}b."u8]);
            Add("m/constants.pkl", [0x80, 2, .. ")."u8]);
            Add("m/code/__torch__.py", Encoding.ASCII.GetBytes(code.ToString()));
            Add("m/version", "3\n"u8);

            void Add(string name, ReadOnlySpan<byte> bytes)
            {
                using Stream entry = zip.CreateEntry(name, CompressionLevel.NoCompression).Open();
                entry.Write(bytes);
            }
        }

        return stream.ToArray();

        void Method(string name, string parameters, string result)
            => code.Append($"  def {name}(self: __torch__.M, {parameters}) -> Tensor:\n    return {result}\n");
    }
}
