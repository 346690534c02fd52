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

    private static readonly string[] NeededForInt8 =
    [
        "_ZN2at6native11QConvoneDNN13run_pointwiseENS_6TensorEdlS2_S2_S2_St8optionalIS2_EN3c104ListIlEES7_S7_ldlS3_INS5_10ScalarTypeEE"
            + "St17basic_string_viewIcSt11char_traitsIcEENS6_IS3_INS5_6ScalarEEEES3_ISD_E",
        "_ZN2at6native11QConvoneDNN20run_pointwise_binaryENS_6TensorEdlS2_S2_S2_S2_St8optionalIS2_EN3c104ListIlEES7_S7_ldlS3_INS5_10Scalar"
            + "TypeEEdlSt17basic_string_viewIcSt11char_traitsIcEES3_INS5_6ScalarEES3_ISD_ENS6_ISF_EESG_",
        "_ZN2at6native13QLinearOnednn20run_pointwise_tensorENS_6TensorES2_S2_S2_S2_S2_St8optionalIS2_EdlS3_IN3c1010ScalarTypeEE"
            + "St17basic_string_viewIcSt11char_traitsIcEENS5_4ListIS3_INS5_6ScalarEEEESB_",
    ];

    // Our name, oneDNN's, its numbers and its algorithm.
    private static readonly (string Name, string Function, string Scalars, string Algorithm)[] Functions =
    [
        ("none", "none", "[]", "None"),
        ("relu", "relu", "[]", "None"),
        ("relu6", "hardtanh", "annotate(List[Optional[number]], [0., 6.])", "None"),
        ("silu", "swish", "[]", "None"),
        ("hardswish", "hardswish", "[]", "None"),
        ("gelu", "gelu", "[]", "\"none\""),
    ];

    // Reading it takes a twentieth of a second, so it is read when the first of them is called.
    private static readonly Lazy<jit.ScriptModule<Tensor>> Module = new(() => jit.load<Tensor>(Archive()));

    /// <summary>Whether this build of LibTorch has them.</summary>
    public static bool IsAvailable { get; } = Needed.All(name => NativeLibTorch.Export(name) != 0);

    /// <summary>Whether it has those of whole numbers too.</summary>
    public static bool HasInt8 { get; } = NeededForInt8.All(name => NativeLibTorch.Export(name) != 0);

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

    /// <summary>The weights of a linear layer, [outputs, inputs], in the layout that oneDNN wants for a number of rows; only
    /// <see cref="OneDnnLinear"/> can read it.</summary>
    public static Tensor PackLinear(Tensor weight, long rows) => Invoke("pack_linear", [weight, (int)rows]);

    /// <summary>Filters of whole numbers, int8, in the layout that oneDNN wants for inputs of one shape.</summary>
    /// <param name="weight">The filters.</param>
    /// <param name="scales">A scale for each output.</param>
    /// <param name="range">The scale and the zero of the input.</param>
    /// <param name="geometry">How the filters move.</param>
    /// <param name="input">A tensor of that shape.</param>
    public static Tensor PackInt8(Tensor weight, Tensor scales, (double Scale, int Zero) range, object[] geometry, Tensor input)
        => Invoke(
            "pack_int8",
            [
                weight, scales, range.Scale, range.Zero, .. geometry,
                (int)input.size(0), (int)input.size(1), (int)input.size(2), (int)input.size(3),
            ]);

    /// <summary>function(convolution(input) + bias) of whole numbers.</summary>
    /// <param name="input">uint8.</param>
    /// <param name="layer">The input's scale and zero; filters, their scales and zeros; bias; geometry.</param>
    /// <param name="function">What comes last, or null.</param>
    /// <param name="range">The scale and the zero of the result as whole numbers; null for float32.</param>
    public static Tensor ConvolveInt8(Tensor input, object[] layer, string? function, (double Scale, int Zero)? range)
        => Invoke(
            $"{function ?? "none"}_int8",
            [
                input, .. layer, range?.Scale ?? 1.0, range?.Zero ?? 0,
                (int)(range is null ? ScalarType.Float32 : ScalarType.Byte),
            ]);

    /// <summary>function(convolution(input) + bias + sum) of whole numbers, written into the sum, float32. The function is ReLU or
    /// none.</summary>
    public static Tensor AccumulateInt8(Tensor sum, Tensor input, object[] layer, string? function)
        => Invoke($"add_{function ?? "none"}_int8", [sum, input, .. layer]);

    /// <summary>The weights of a linear layer in the layout that oneDNN wants for a number of rows.</summary>
    public static Tensor PackLinearInt8(Tensor weight, long rows)
        => Invoke("pack_linear_int8", [weight, (int)rows, (int)weight.size(1)]);

    /// <summary>x W + b of whole numbers, float32.</summary>
    /// <param name="rows">uint8.</param>
    /// <param name="layer">The input's scale and zero; weights, their scales and zeros; bias.</param>
    public static Tensor MultiplyInt8(Tensor rows, object[] layer) => Invoke("linear_int8", [rows, .. layer]);

    private static Tensor Invoke(string method, object[] arguments)
        => Module.Value.invoke(method, arguments) as Tensor
            ?? throw new InvalidOperationException($"The script's method {method} gave no tensor.");

    private static byte[] Archive()
    {
        StringBuilder code = new();
        code.Append("class M(Module):\n  __parameters__ = []\n  __buffers__ = []\n");
        foreach ((string name, string function, string scalars, string algorithm) in Functions)
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
        if (OneDnnLinear.IsKnown)
        {
            // Registered with the product whose export is looked for.
            Method("pack_linear", "w: Tensor, n: int", "ops.mkldnn._reorder_linear_weight(w, n)");
        }

        if (HasInt8)
        {
            AddInt8();
        }

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

        void AddInt8()
        {
            const string Moves = "[sh, sw], [ph, pw], [dh, dw], g";
            string numbers = Signature[(Signature.IndexOf("b: Tensor", StringComparison.Ordinal) + 11)..];
            string layer = $"x: Tensor, xs: float, xz: int, w: Tensor, s: Tensor, z: Tensor, b: Tensor, {numbers}";
            Method(
                "pack_int8",
                $"w: Tensor, s: Tensor, xs: float, xz: int, {numbers}, n: int, c: int, h: int, wi: int",
                $"ops.onednn.qconv_prepack(w, s, xs, xz, {Moves}, [n, c, h, wi])");
            Method("pack_linear_int8", "w: Tensor, n: int, c: int", "ops.onednn.qlinear_prepack(w, [n, c])");
            Method(
                "linear_int8",
                "x: Tensor, xs: float, xz: int, w: Tensor, s: Tensor, z: Tensor, b: Tensor",
                "ops.onednn.qlinear_pointwise(x, xs, xz, w, s, z, b, 1., 0, 6, \"none\", [], \"\")");
            foreach ((string name, string function, string scalars, string algorithm) in Functions)
            {
                Method(
                    $"{name}_int8",
                    $"{layer}, os: float, oz: int, od: int",
                    $"ops.onednn.qconv2d_pointwise(x, xs, xz, w, s, z, b, {Moves}, os, oz, od, \"{function}\", {scalars}, {algorithm})");
            }

            foreach (string name in new[] { "none", "relu" })
            {
                Method(
                    $"add_{name}_int8",
                    $"o: Tensor, {layer}",
                    $"ops.onednn.qconv2d_pointwise(x, xs, xz, w, s, z, o, b, {Moves}, 1., 0, 6, 1., 0, \"sum\", 1, \"{name}\", [], \"\")");
            }
        }

        void Method(string name, string parameters, string result)
            => code.Append($"  def {name}(self: __torch__.M, {parameters}) -> Tensor:\n    return {result}\n");
    }
}
