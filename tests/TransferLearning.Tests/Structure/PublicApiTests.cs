using System.Reflection;
using System.Text;

namespace TransferLearning.Tests;

public sealed class PublicApiTests
{
    [Fact]
    public void The_public_surface_is_what_was_reviewed()
    {
        string file = Path.Combine(SourceTree.Root, "src", "TransferLearning", "PublicAPI.txt");
        string found = Describe(typeof(TransferModel).Assembly);
        if (Environment.GetEnvironmentVariable("TRANSFERLEARNING_WRITE_DOCS") == "1")
        {
            File.WriteAllText(file, found);
        }

        string[] expected = File.ReadAllLines(file);
        string[] lines = found.Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.True(
            expected.SequenceEqual(lines),
            "The public surface has changed. Review it, then run the tests once with TRANSFERLEARNING_WRITE_DOCS=1.\n"
                + string.Join(
                    '\n', lines.Except(expected).Select(line => $"+ {line}").Concat(expected.Except(lines).Select(line => $"- {line}"))));
    }

    private static string Describe(Assembly assembly)
    {
        StringBuilder text = new();
        foreach (Type type in assembly.GetExportedTypes().OrderBy(type => type.FullName, StringComparer.Ordinal))
        {
            string kind = type.IsEnum
                ? "enum"
                : type.IsInterface
                ? "interface"
                : type.IsValueType
                ? "struct"
                : type is { IsAbstract: true, IsSealed: true }
                ? "static class"
                : type.IsAbstract
                ? "abstract class"
                : "sealed class";
            text.Append($"{kind} {Name(type)}\n");
            IEnumerable<string> members = type
                .GetMembers(
                    BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.Instance | BindingFlags.Static | BindingFlags.DeclaredOnly)
                .Where(IsVisible)
                .Select(member => $"{Name(type)}: {Describe(member)}")
                .Order(StringComparer.Ordinal);
            foreach (string member in members)
            {
                text.Append($"  {member}\n");
            }
        }

        return text.ToString();
    }

    // What the compiler writes for records (equality, printing, cloning) says nothing about the surface.
    private static bool IsVisible(MemberInfo member) => member switch
    {
        MethodInfo method => (method.IsPublic || method.IsFamily || method.IsFamilyOrAssembly)
            && !method.IsSpecialName && !method.Name.StartsWith('<')
            && method.Name is not ("Equals" or "GetHashCode" or "ToString" or "PrintMembers" or "Deconstruct"),
        ConstructorInfo constructor => constructor.IsPublic || constructor.IsFamily,
        FieldInfo field => (field.IsPublic || field.IsFamily) && !field.IsSpecialName,
        PropertyInfo property => property
            .GetAccessors(nonPublic: true)
            .Any(accessor => accessor.IsPublic || accessor.IsFamily || accessor.IsFamilyOrAssembly)
            && property.Name != "EqualityContract",
        _ => false,
    };

    private static string Describe(MemberInfo member) => member switch
    {
        MethodInfo method => $"{(method.IsStatic ? "static " : "")}{method.Name}({Parameters(method)}) -> {Name(method.ReturnType)}",
        ConstructorInfo constructor => $"new({Parameters(constructor)})",
        FieldInfo field => $"{field.Name}: {Name(field.FieldType)}",
        PropertyInfo property
            => $"{property.Name}: {Name(property.PropertyType)}{(property.SetMethod is { IsPublic: true } ? " {get; set}" : "")}",
        _ => member.Name,
    };

    private static string Parameters(MethodBase method)
        => string.Join(
            ", ",
            method.GetParameters().Select(
                parameter => $"{Name(parameter.ParameterType)} {parameter.Name}{(parameter.HasDefaultValue ? " = …" : "")}"));

    private static string Name(Type type)
    {
        string name = type.IsNested ? $"{Name(type.DeclaringType!)}.{type.Name}" : type.Name;
        return type.IsGenericType ? $"{name.Split('`')[0]}<{string.Join(", ", type.GetGenericArguments().Select(Name))}>" : name;
    }
}
