// Lists what a checkpoint holds, or converts it to another form.
//
//   dotnet run -c Release --project samples/ReadCheckpoint -- FILE [OUTPUT.safetensors | OUTPUT.pth]
using TransferLearning;

if (args.Length is not (1 or 2))
{
    Console.Error.WriteLine("Usage: ReadCheckpoint FILE [OUTPUT.safetensors | OUTPUT.pth]");
    return 2;
}

try
{
    using StateDict checkpoint = StateDict.Open(args[0]);
    long elements = 0;
    foreach (TensorEntry entry in checkpoint.Entries)
    {
        Console.WriteLine($"{entry.Name,-60} {entry.Dtype,-10} [{string.Join(", ", entry.Shape)}]");
        elements += entry.Shape.Aggregate(1L, (product, size) => product * size);
    }

    Console.WriteLine($"{checkpoint.Entries.Count} tensors, {elements:N0} elements");
    foreach ((string key, string value) in checkpoint.Metadata)
    {
        Console.WriteLine($"{key}: {(value.Length > 200 ? value[..200] + "…" : value)}");
    }

    if (args.Length == 2)
    {
        checkpoint.Save(args[1]);
        Console.WriteLine($"written: {args[1]}");
    }

    return 0;
}
catch (Exception exception) when (exception is CheckpointException or IOException)
{
    Console.Error.WriteLine(exception.Message);
    return 1;
}
