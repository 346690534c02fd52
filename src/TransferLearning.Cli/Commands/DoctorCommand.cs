using System.CommandLine;
using System.Globalization;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics.Arm;
using System.Runtime.Intrinsics.X86;
using System.Text;

namespace TransferLearning.Cli;

/// <summary>Examines the machine: the report to paste into a bug report.</summary>
internal sealed class DoctorCommand : ToolSubcommand
{
    public DoctorCommand()
        : base(
            "doctor",
            "Examine this machine: does LibTorch load, which of its known faults does the machine have, which forms of a network are "
                + "fastest, is a GPU seen. Paste the report into a bug report.")
    {
    }

    private protected override int Run(ParseResult line, Terminal terminal, CancellationToken cancellationToken)
    {
        string[] features = Features();
        double memory = GC.GetGCMemoryInfo().TotalAvailableMemoryBytes / (double)(1 << 30);
        RuntimeReport? found = null;
        IReadOnlyList<FormTiming> forms = [];
        string? error = null;
        try
        {
            found = LibTorch.Describe();
            terminal.Note("measuring the forms of a ResNet-18 ...");
            using ImageModel network = ImageModel.Create("resnet18", classes: 10);
            forms = FormMeasurement.Run(network.Module, cancellationToken: cancellationToken);
        }
        catch (Exception exception) when (exception is LibTorchLoadException or TypeInitializationException or DllNotFoundException
            or NotSupportedException)
        {
            error = (exception.InnerException ?? exception).Message;
        }

        string version = typeof(TransferModel).Assembly.GetName().Version!.ToString(3);
        StringBuilder text = new();
        Add(text, "TransferLearning", version);
        Add(text, "TorchSharp", found?.Version ?? "does not load");
        Add(text, "LibTorch", error ?? $"loads{(found!.Folder is { } folder ? $", from {folder}" : "")}");
        Add(text, ".NET", RuntimeInformation.FrameworkDescription);
        Add(text, "system", $"{RuntimeInformation.OSDescription} {RuntimeInformation.ProcessArchitecture}{Glibc()}");
        Add(text, "processor", found?.Processor ?? RuntimeInformation.ProcessArchitecture.ToString());
        Add(text, "instructions", string.Join(", ", features));
        Add(text, "cores", $"{Environment.ProcessorCount}{(found is null ? "" : $", LibTorch uses {found.Threads} threads")}");
        Add(text, "memory", string.Create(CultureInfo.InvariantCulture, $"{memory:F1} GB"));
        Add(text, "GPU", found is null ? "unknown" : found.GpuNote ?? $"{found.GpuCount} by CUDA");
        Fault[] faults = found is null ? [] : Faults(found);
        text.AppendLine().AppendLine("known faults of TorchSharp 0.107 and LibTorch 2.10 on this machine");
        foreach (Fault fault in faults)
        {
            text.AppendLine($"  {(fault.Present ? "yes" : "no "),-4} {fault.Name}{(fault.Present ? $": {fault.Cure}" : "")}");
        }

        text.AppendLine().AppendLine("a batch of 16 images of 64 pixels through a ResNet-18");
        double? fastest = forms.Min(form => form.Seconds);
        foreach (FormTiming form in forms)
        {
            text.AppendLine(form.Seconds is { } seconds
                ? string.Create(
                    CultureInfo.InvariantCulture,
                    $"  {form.Form,-14} {1000 * seconds,8:F1} ms{(seconds == fastest ? "  the fastest" : "")}")
                : $"  {form.Form,-14} {"-",8}     {form.Note}");
        }

        terminal.Result(text.ToString().TrimEnd(), new
        {
            Version = version,
            Loads = error is null,
            Error = error,
            Runtime = found,
            DotNet = RuntimeInformation.FrameworkDescription,
            System = RuntimeInformation.OSDescription,
            Architecture = RuntimeInformation.ProcessArchitecture.ToString(),
            Instructions = features,
            Environment.ProcessorCount,
            MemoryGigabytes = memory,
            Faults = faults,
            Forms = forms,
            Notes = error is null ? LibTorch.Diagnostics : [],
        });
        return error is null ? ExitCode.Success : ExitCode.Failure;
    }

    private static Fault[] Faults(RuntimeReport found) =>
    [
        new("the system's libstdc++ is older than TorchSharp's library asks for", found.BindingWasAdapted,
            "the library loaded an adapted copy, nothing is to be done"),
        new("the machine hides its cache sizes, with which oneDNN crashes or miscounts", found.OneDnnFault,
            found.OneDnnIsOn ? "oneDNN was repaired" : "oneDNN is off, convolutions take about twice as long; have the host pass CPUID "
                + "leaf 0x8000001D through"),
        new("glibc returns large blocks after each operation", !found.AllocatorIsTuned && OperatingSystem.IsLinux(),
            "the allocator is not tuned (musl, or TRANSFERLEARNING_ALLOCATOR=system): steps may take twice as long"),
        new("Tensor.matmul ends the process where shapes do not fit", true, "the library does not call it; in code of your own use mm, bmm "
            + "or linear"),
        new("temporary Scalars may be freed while they are used", true, "the library keeps its own; in code of your own keep Scalars too"),
        new("the CPU has no bfloat16", !found.HasBFloat16, "Precision.BFloat16 is not served in training"),
    ];

    private static string[] Features()
    {
        (string Name, bool IsThere)[] all =
        [
            ("AVX2", Avx2.IsSupported), ("FMA", Fma.IsSupported), ("AVX-512F", Avx512F.IsSupported), ("AVX-512BW", Avx512BW.IsSupported),
            ("AVX-512 VBMI", Avx512Vbmi.IsSupported), ("AVX-VNNI", AvxVnni.IsSupported), ("AdvSimd", AdvSimd.IsSupported),
            ("Arm dot product", Dp.IsSupported),
        ];
        return [.. all.Where(feature => feature.IsThere).Select(feature => feature.Name)];
    }

    private static string Glibc()
    {
        try
        {
            return OperatingSystem.IsLinux() && NativeLibrary.TryLoad("libc.so.6", out nint library)
                && NativeLibrary.TryGetExport(library, "gnu_get_libc_version", out nint address)
                ? $", glibc {Marshal.PtrToStringUTF8(Call(address))}"
                : "";
        }
        catch (EntryPointNotFoundException)
        {
            return "";
        }
    }

    private static nint Call(nint address) => Marshal.GetDelegateForFunctionPointer<VersionFunction>(address)();

    private static void Add(StringBuilder text, string name, string value) => text.AppendLine($"{name,-18} {value}");

    [UnmanagedFunctionPointer(CallingConvention.Cdecl)]
    private delegate nint VersionFunction();

    private sealed record Fault(string Name, bool Present, string Cure);
}
