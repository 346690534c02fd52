// Parts:      dotnet run -c Release --project benchmarks/TransferLearning.Benchmarks -- --filter '*'
// Whole jobs: dotnet run -c Release --project benchmarks/TransferLearning.Benchmarks -- job NAME [ARGUMENT …]
//             prints one line of JSON; the scripts of benchmarks/compare run it beside Python.
// Fuzzing:    dotnet run -c Release --project benchmarks/TransferLearning.Benchmarks -- fuzz INPUTS [SEED]
//             spreads so many damaged files over all parsers and prints the file of results.
// Images:     dotnet run -c Release --project benchmarks/TransferLearning.Benchmarks -- codec-fuzz FILES
//             decodes so many damaged TIFF, TGA and portable maps and prints the file of results.
// Stress:     dotnet run -c Release --project benchmarks/TransferLearning.Benchmarks -- stress CALLS
//             makes so many calls with numbers while garbage is collected without pause, and prints the file of results.
using System.Globalization;
using BenchmarkDotNet.Configs;
using BenchmarkDotNet.Jobs;
using BenchmarkDotNet.Running;
using BenchmarkDotNet.Toolchains.InProcess.Emit;
using TransferLearning.Benchmarks;

if (args is ["job", string name, .. string[] rest])
{
    Console.WriteLine(Jobs.Run(name, rest));
    return;
}

if (args is ["fuzz", string count, .. string[] seeds])
{
    Console.WriteLine(FuzzJob.Run(int.Parse(count, CultureInfo.InvariantCulture), seeds));
    return;
}

if (args is ["codec-fuzz", string files])
{
    Console.WriteLine(CodecFuzzJob.Run(int.Parse(files, CultureInfo.InvariantCulture)));
    return;
}

if (args is ["stress", string calls])
{
    Console.WriteLine(StressJob.Run(long.Parse(calls, CultureInfo.InvariantCulture)));
    return;
}

// In this process: a copy of LibTorch for each benchmark's own program would be half a gigabyte.
IConfig config = DefaultConfig.Instance.AddJob(Job.ShortRun.WithToolchain(InProcessEmitToolchain.Instance));
BenchmarkSwitcher.FromAssembly(typeof(Jobs).Assembly).Run(args, config);
