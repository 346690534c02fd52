using System.Diagnostics;
using Google.Protobuf;
using Onnx;

namespace TransferLearning.Onnx.Tests;

/// <summary>Damages ONNX files of the small network, and reads them: each must end in a network or in a typed error.</summary>
/// <param name="originals">The files.</param>
/// <param name="folder">Where the damaged file is written.</param>
internal sealed class OnnxFuzz(IReadOnlyList<string> originals, string folder)
{
    private static readonly long[] Extremes = [0, 1, -1, -2, int.MaxValue, int.MinValue, long.MaxValue, long.MinValue, 1L << 40, 3];

    private static readonly string[] Types =
    [
        "Relu", "Tile", "Expand", "ConstantOfShape", "Range", "Pad", "Reshape", "Concat", "MatMul", "Gather", "Loop", "Slice",
            "Transpose", "MaxPool",
        "AveragePool", "Conv", "Split", "Trilu", "ScatterND", "Einsum", "ReduceMean", "Squeeze", "Unsqueeze", "Where", "Mod", "Div",
    ];

    public int Read { get; private set; }

    public int Refused { get; private set; }

    public double LongestMilliseconds { get; private set; }

    public SortedDictionary<string, int> Kinds { get; } = [];

    public void Run(int count, int seed, CancellationToken cancellationToken = default)
    {
        SmallNetwork.Add();
        byte[][] whole = [.. originals.Select(File.ReadAllBytes)];
        Random random = new(seed);
        string path = Path.Combine(folder, "damaged.onnx");
        for (int round = 0; round < count; round++)
        {
            cancellationToken.ThrowIfCancellationRequested();
            byte[] original = whole[random.Next(whole.Length)];
            File.WriteAllBytes(path, random.Next(3) switch
            {
                0 => Damaged([.. original], random),
                1 => original[..random.Next(original.Length)],
                _ => Changed(ModelProto.Parser.ParseFrom(original), random),
            });
            Stopwatch watch = Stopwatch.StartNew();
            try
            {
                OnnxPretrained.Load(SmallNetwork.Architecture, path).Dispose();
                Read++;
            }
            catch (Exception exception) when (exception is CheckpointException or WeightLoadException)
            {
                Refused++;
                string kind = exception is CheckpointException refused ? $"{refused.Kind}" : "Weights";
                Kinds[kind] = Kinds.GetValueOrDefault(kind) + 1;
            }
            catch (Exception exception)
            {
                File.Copy(path, Path.Combine(folder, $"fault-{seed}-{round}.onnx"), true);
                throw new InvalidOperationException($"Round {round} of seed {seed}: {exception.Message}", exception);
            }

            LongestMilliseconds = Math.Max(LongestMilliseconds, watch.Elapsed.TotalMilliseconds);
        }
    }

    private static byte[] Damaged(byte[] bytes, Random random)
    {
        for (int place = random.Next(1, 5); place > 0; place--)
        {
            bytes[random.Next(bytes.Length)] = (byte)random.Next(256);
        }

        return bytes;
    }

    // A file that is sound as a message, and says something wrong.
    private static byte[] Changed(ModelProto file, Random random)
    {
        NodeProto node = file.Graph.Node[random.Next(file.Graph.Node.Count)];
        TensorProto stored = file.Graph.Initializer[random.Next(file.Graph.Initializer.Count)];
        switch (random.Next(12))
        {
            case 0 when stored.Dims.Count > 0:
                stored.Dims[random.Next(stored.Dims.Count)] = Extremes[random.Next(Extremes.Length)];
                break;
            case 1:
                stored.Dims.Add(Extremes[random.Next(Extremes.Length)]);
                break;
            case 2:
                stored.DataType = random.Next(-1, 30);
                break;
            case 3:
                node.OpType = Types[random.Next(Types.Length)];
                break;
            case 4 when node.Attribute.Count > 0:
                AttributeProto attribute = node.Attribute[random.Next(node.Attribute.Count)];
                (attribute.I, attribute.F) = (Extremes[random.Next(Extremes.Length)], random.Next(2) == 0 ? float.NaN : -1e30f);
                for (int place = 0; place < attribute.Ints.Count; place++)
                {
                    attribute.Ints[place] = random.Next(2) == 0 ? attribute.Ints[place] : Extremes[random.Next(Extremes.Length)];
                }

                break;
            case 5 when node.Input.Count > 0:
                node.Input[random.Next(node.Input.Count)] = file.Graph.Node[random.Next(file.Graph.Node.Count)].Output[0];
                break;
            case 6 when node.Input.Count > 0:
                node.Input[random.Next(node.Input.Count)] = stored.Name;
                break;
            case 7:
                file.Graph.Node.Remove(node);
                break;
            case 8:
                file.Graph.Node.Insert(random.Next(file.Graph.Node.Count), node.Clone());
                break;
            case 9:
                file.Graph.Initializer.Remove(stored);
                break;
            case 10 when stored.DataType == 7 && stored.RawData.Length >= 8:
                byte[] numbers = stored.RawData.ToByteArray();
                BitConverter.TryWriteBytes(numbers.AsSpan(8 * random.Next(numbers.Length / 8), 8), Extremes[random.Next(Extremes.Length)]);
                stored.RawData = ByteString.CopyFrom(numbers);
                break;
            default:
                foreach (TensorProto constant in file.Graph.Node.SelectMany(one => one.Attribute)
                    .Where(one => one.T is { DataType: 7, RawData.Length: >= 8 })
                    .Select(one => one.T).OrderBy(_ => random.Next()).Take(1))
                {
                    byte[] wholes = constant.RawData.ToByteArray();
                    BitConverter.TryWriteBytes(wholes.AsSpan(8 * random.Next(wholes.Length / 8), 8),
                        Extremes[random.Next(Extremes.Length)]);
                    constant.RawData = ByteString.CopyFrom(wholes);
                }

                break;
        }

        return file.ToByteArray();
    }
}
