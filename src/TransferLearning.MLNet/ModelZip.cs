using System.Reflection;
using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.Runtime;
using SkiaSharp;

namespace TransferLearning.MLNet;

/// <summary>
/// What a transformer needs of ML.NET to be in its model zip. ML.NET keeps that part to its own assemblies, so it is reached by reflection,
/// here and nowhere else; a test saves and loads, and a name that is not there any more is an error that says so.
/// </summary>
internal static class ModelZip
{
    private const string Signature = "TransferLearning";
    private const string StreamName = "TransferLearning";
    private const uint Version = 0x00010001;
    private const BindingFlags Any = BindingFlags.Instance | BindingFlags.Public | BindingFlags.NonPublic;

    private static readonly Assembly Core = typeof(ITransformer).Assembly;
    private static readonly Type LoadContext = Named("Microsoft.ML.ModelLoadContext");

    /// <summary>Lets a catalogue find the transformer by its signature.</summary>
    public static void Register(ComponentCatalog catalog) => catalog.RegisterAssembly(new LoaderAssembly(), true);

    /// <summary>The environment of a catalogue of trainers.</summary>
    public static IHostEnvironment EnvironmentOf(object trainers)
    {
        Type catalog = trainers.GetType().GetInterfaces().FirstOrDefault(type => type.Name == "IInternalCatalog")
            ?? throw Changed("IInternalCatalog");
        return (IHostEnvironment)(
            catalog.GetProperty("Environment", Any)?.GetValue(trainers) ?? throw Changed("IInternalCatalog.Environment"));
    }

    /// <summary>A column of a schema that is known before there are data.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="kind">Whether there are several values in it.</param>
    /// <param name="type">What each is.</param>
    /// <param name="isKey">Whether each is a key.</param>
    /// <param name="names">The annotation that has the names of the classes; null for none.</param>
    public static SchemaShape.Column Column(
        string name, SchemaShape.Column.VectorKind kind, DataViewType type, bool isKey, string? names = null)
    {
        SchemaShape? annotations = names is null
            ? null
            : new SchemaShape([Column(names, SchemaShape.Column.VectorKind.Vector, TextDataViewType.Instance, false)]);
        return (SchemaShape.Column)typeof(SchemaShape.Column).GetConstructors(Any).Single(one => one.GetParameters().Length == 5)
            .Invoke([name, kind, type, isKey, annotations]);
    }

    /// <summary>The pixels of an image. Its own property for them does not run with the SkiaSharp of this library, which gives them as
    /// another type.</summary>
    public static ReadOnlySpan<byte> PixelsOf(MLImage image)
        => ((SKBitmap)(typeof(MLImage).GetFields(Any).FirstOrDefault(field => field.FieldType == typeof(SKBitmap))
            ?? throw Changed("SKBitmap"))
            .GetValue(image)!).GetPixelSpan();

    /// <summary>Writes into the zip.</summary>
    public static void Save(ModelSaveContext context, Action<BinaryWriter> write)
    {
        Type version = Named("Microsoft.ML.VersionInfo");
        object info = version.GetConstructors().Single().Invoke(
            ["TRANSFER", Version, Version, Version, typeof(ModelZip).Assembly.FullName, Signature, null]);
        Call(context, "SetVersionInfo", info);
        Call(context, "SaveBinaryStream", StreamName, write);
    }

    private static TransferLearningTransformer Load(IHostEnvironment environment, object context)
    {
        TransferLearningTransformer? loaded = null;
        Action<BinaryReader> read = reader => loaded = TransferLearningTransformer.Read(environment, reader);
        Call(context, "TryLoadBinaryStream", StreamName, read);
        return loaded ?? throw new InvalidDataException(
            $"The model zip has no stream '{StreamName}' beside the transformer: it is damaged. Save the model again.");
    }

    private static void Call(object target, string name, params object[] arguments)
    {
        MethodInfo method = target.GetType().GetMethod(name, Any) ?? throw Changed(name);
        try
        {
            method.Invoke(target, BindingFlags.DoNotWrapExceptions, null, arguments, null);
        }
        catch (TargetParameterCountException)
        {
            throw Changed(name);
        }
    }

    private static Type Named(string name) => Core.GetType(name) ?? throw Changed(name);

    private static NotSupportedException Changed(string name)
        => new($"ML.NET {Core.GetName().Version} has no '{name}' any more, which saving and loading needs: use Microsoft.ML 5.0.1.");

    /// <summary>The method that ML.NET looks for takes a type that C# cannot name here; as a type argument it can.</summary>
    private static class Loader<TContext>
        where TContext : class
    {
        public static TransferLearningTransformer Create(IHostEnvironment env, TContext ctx) => Load(env, ctx);
    }

    /// <summary>Says of this assembly what an attribute says of ML.NET's own.</summary>
    private sealed class LoaderAssembly : Assembly
    {
        public override string FullName => $"{typeof(ModelZip).Assembly.FullName}; loader";

        public override object[] GetCustomAttributes(Type attributeType, bool inherit)
        {
            Type attribute = Named("Microsoft.ML.LoadableClassAttribute");
            if (!attributeType.IsAssignableFrom(attribute))
            {
                return (object[])Array.CreateInstance(attributeType, 0);
            }

            object[] all = (object[])Array.CreateInstance(attributeType, 1);
            all[0] = Activator.CreateInstance(
                attribute,
                [
                    "Transfer learning", typeof(TransferLearningTransformer), typeof(Loader<>).MakeGenericType(LoadContext), null,
                    Named("Microsoft.ML.SignatureLoadModel"), "Transfer learning", new[] { Signature },
                ])!;
            return all;
        }

        public override object[] GetCustomAttributes(bool inherit) => [];

        public override Type[] GetTypes() => [];

        public override Type[] GetExportedTypes() => [];

        public override AssemblyName GetName() => typeof(ModelZip).Assembly.GetName();
    }
}
